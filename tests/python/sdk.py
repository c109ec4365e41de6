"""The SDK suite: the official `openai` and `anthropic` packages against the demo, by base URL and key alone."""

import asyncio
import json
import pathlib

import anthropic
import openai

from gateway import annexa, post, raises, run, running
from parrot import Parrot
from recorder import Recorder
from sensitive import VALUES

MODEL = "practice"
CARD = "4539 1488 0343 6467"
EMAIL = "anna.keller@bluewin.ch"
IBAN = "DE89370400440532013000"
SSN = "536-90-4399"
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
SECRETS = {"CREDIT_CARD": CARD, "IBAN": IBAN, "EMAIL": EMAIL, "US_SSN": SSN, "GITHUB_TOKEN": TOKEN}
BLOCKING = str(pathlib.Path(__file__).with_name("block-answers.cedar"))

TOOL_OPENAI = {
    "type": "function",
    "function": {"name": "look_up", "description": "Looks up a client.", "parameters": {"type": "object", "properties": {"id": {"type": "string"}}}},
}
TOOL_ANTHROPIC = {"name": "look_up", "description": "Looks up a client.", "input_schema": {"type": "object", "properties": {"id": {"type": "string"}}}}


class Clients:
    """All four clients of a gateway."""

    def __init__(self, gateway, key=None):
        key = key or gateway.key
        self.openai = openai.OpenAI(base_url=gateway.openai, api_key=key, max_retries=0)
        self.openai_async = openai.AsyncOpenAI(base_url=gateway.openai, api_key=key, max_retries=0)
        self.anthropic = anthropic.Anthropic(base_url=gateway.anthropic, api_key=key, max_retries=0)
        self.anthropic_async = anthropic.AsyncAnthropic(base_url=gateway.anthropic, api_key=key, max_retries=0)

    def chat(self, text, **more):
        return self.openai.chat.completions.create(model=MODEL, messages=user(text), **more)

    def message(self, text, **more):
        return self.anthropic.messages.create(model=MODEL, max_tokens=512, messages=user(text), **more)


def user(text):
    return [{"role": "user", "content": text}]


def said_openai(stream):
    """Text of a stream, put together as applications do."""
    return "".join(c.choices[0].delta.content or "" for c in stream if c.choices)


def said_anthropic(clients, text):
    with clients.anthropic.messages.stream(model=MODEL, max_tokens=512, messages=user(text)) as stream:
        return "".join(stream.text_stream)


def pieces(text):
    """A text one character a piece, as the practice provider's script has it."""
    return "|".join(text)


class Heard:
    """What an SDK gave of one answer, by channel; equal however the answer came."""

    def __init__(self, text="", thinking="", arguments=""):
        self.text, self.thinking, self.arguments = text, thinking, arguments

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __repr__(self):
        return repr(vars(self))

    @property
    def all(self):
        return f"{self.text}\n{self.thinking}\n{self.arguments}"


def heard_openai(clients, text):
    message = clients.chat(text).choices[0].message
    arguments = "".join(c.function.arguments for c in message.tool_calls or [])
    return Heard(message.content or "", getattr(message, "reasoning_content", None) or "", arguments)


def heard_openai_streamed(clients, text):
    heard = Heard()
    for chunk in clients.chat(text, stream=True):
        for choice in chunk.choices:
            heard.text += choice.delta.content or ""
            heard.thinking += getattr(choice.delta, "reasoning_content", None) or ""
            heard.arguments += "".join(c.function.arguments or "" for c in choice.delta.tool_calls or [])
    return heard


def heard_blocks(blocks):
    def of(kind, value):
        return "".join(value(b) for b in blocks if b.type == kind)

    return Heard(of("text", lambda b: b.text), of("thinking", lambda b: b.thinking), of("tool_use", lambda b: json.dumps(b.input)))


def heard_anthropic(clients, text):
    return heard_blocks(clients.message(text).content)


def heard_anthropic_streamed(clients, text):
    """The message that the SDK puts together, which must be what its pieces say."""
    raw = Heard()
    with clients.anthropic.messages.stream(model=MODEL, max_tokens=512, messages=user(text)) as stream:
        for event in stream:
            if event.type == "content_block_delta":
                raw.text += getattr(event.delta, "text", "")
                raw.thinking += getattr(event.delta, "thinking", "")
                raw.arguments += getattr(event.delta, "partial_json", "")
        heard = heard_blocks(stream.get_final_message().content)
    assert (raw.text, raw.thinking) == (heard.text, heard.thinking), (raw, heard)
    assert json.loads(raw.arguments or "0") == json.loads(heard.arguments or "0"), (raw, heard)
    return heard


WAYS = {
    "OpenAI": heard_openai,
    "OpenAI streamed": heard_openai_streamed,
    "Anthropic": heard_anthropic,
    "Anthropic streamed": heard_anthropic_streamed,
}


def chat_and_messages():
    with running() as gateway:
        clients = Clients(gateway)
        answer = clients.chat("ECHO:Good |morning.")
        assert answer.choices[0].message.content == "Good morning.", answer
        assert answer.usage.total_tokens > 0
        answer = clients.message("ECHO:Good |morning.")
        assert answer.content[0].text == "Good morning.", answer
        assert answer.stop_reason == "end_turn" and answer.usage.output_tokens > 0


def streams():
    with running() as gateway:
        clients = Clients(gateway)
        text = "ECHO:The first| sentence. The| second one|."
        assert said_openai(clients.chat(text, stream=True)) == "The first sentence. The second one."
        assert said_anthropic(clients, text) == "The first sentence. The second one."
        chunks = list(clients.chat("ECHO:Hi.", stream=True, stream_options={"include_usage": True}))
        assert chunks[-1].usage and chunks[-1].usage.total_tokens > 0, chunks[-1]


def helpers_of_the_sdks():
    """The streaming helpers put the same answer together that comes unstreamed."""
    with running() as gateway:
        clients = Clients(gateway)
        text = "ECHO:" + pieces("The helpers hear the whole of it.")
        with clients.openai.chat.completions.stream(model=MODEL, messages=user(text), stream_options={"include_usage": True}) as stream:
            kinds = {event.type for event in stream}
            final = stream.get_final_completion()
        assert {"chunk", "content.delta", "content.done"} <= kinds, kinds
        assert final.choices[0].message.content == "The helpers hear the whole of it." and final.choices[0].finish_reason == "stop", final
        assert final.usage.completion_tokens > 0, final
        with clients.anthropic.messages.stream(model=MODEL, max_tokens=64, messages=user(text)) as stream:
            kinds = {event.type for event in stream}
            final = stream.get_final_message()
            assert stream.get_final_text() == "The helpers hear the whole of it."
        assert {"message_start", "text", "content_block_stop", "message_stop"} <= kinds, kinds
        assert final.stop_reason == "end_turn" and final.usage.input_tokens > 0 and final.usage.output_tokens > 0, final
        raw = clients.anthropic.messages.create(model=MODEL, max_tokens=64, messages=user(text), stream=True)
        assert [e.type for e in raw][-2:] == ["message_delta", "message_stop"]


def several_choices():
    with running() as gateway:
        clients = Clients(gateway)
        answer = clients.chat("ECHO:One| and two.", n=3)
        assert [c.message.content for c in answer.choices] == ["One and two."] * 3, answer
        heard = ["", "", ""]
        for chunk in clients.chat("ECHO:One| and two.", n=3, stream=True):
            for choice in chunk.choices:
                heard[choice.index] += choice.delta.content or ""
        assert heard == ["One and two."] * 3, heard


def text_without_findings_is_what_was_said():
    """Nothing is added, lost, normalised or merged, streamed or not."""
    texts = [
        "Plain words.", "  Spaces  before,   between and after  ", "Zwölf große Füße, naïve façade, Ωμέγα, 東京, 🦀👩\u200d🔬",
        "First line.\n\n- a list\n- with `code`\n\n```python\nprint(f\"{x!r}\\n\")\n```\n", '{"a": [1, 2.50, null], "b": "\\u00e9"}',
        "<b>bold</b> &amp; 100 % of C:\\temp\\file.txt", "e\u0301 stays two characters", "The order has 12 boxes, version 3.11.7, at 10:45.",
    ]
    with running() as gateway:
        clients = Clients(gateway)
        for text in texts:
            for way, hear in WAYS.items():
                for script in (text, pieces(text)):
                    heard = hear(clients, "ECHO:" + script)
                    assert heard == Heard(text), (way, text, heard)
            arguments = json.dumps({"note": text})
            if "|" not in arguments:
                for way, hear in WAYS.items():
                    heard = hear(clients, "TOOL:look_up:" + pieces(arguments))
                    assert json.loads(heard.arguments) == {"note": text}, (way, text, heard)


def tools():
    with running() as gateway:
        clients = Clients(gateway)
        text = 'TOOL:look_up:{"id"|: "c|lient seven"}'
        call = clients.chat(text, tools=[TOOL_OPENAI]).choices[0].message.tool_calls[0]
        assert call.function.name == "look_up" and json.loads(call.function.arguments) == {"id": "client seven"}, call
        chunks = clients.chat(text, tools=[TOOL_OPENAI], stream=True)
        deltas = [c.choices[0].delta.tool_calls[0] for c in chunks if c.choices and c.choices[0].delta.tool_calls]
        assert json.loads("".join(d.function.arguments or "" for d in deltas)) == {"id": "client seven"}
        block = clients.message(text, tools=[TOOL_ANTHROPIC]).content[0]
        assert block.type == "tool_use" and block.input == {"id": "client seven"}, block
        with clients.anthropic.messages.stream(model=MODEL, max_tokens=512, messages=user(text), tools=[TOOL_ANTHROPIC]) as stream:
            block = stream.get_final_message().content[0]
        assert block.input == {"id": "client seven"}, block
        result = [*user(text), {"role": "assistant", "content": [block.model_dump(include={"type", "id", "name", "input"})]},
                  {"role": "user", "content": [{"type": "tool_result", "tool_use_id": block.id, "content": "found"}]}]
        assert clients.anthropic.messages.create(model=MODEL, max_tokens=64, messages=result).content


def async_clients():
    async def all_at_once(clients):
        async def openai_stream():
            stream = await clients.openai_async.chat.completions.create(model=MODEL, messages=user("ECHO:A|B|C"), stream=True)
            return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])

        async def anthropic_stream():
            async with clients.anthropic_async.messages.stream(model=MODEL, max_tokens=64, messages=user("ECHO:A|B|C")) as stream:
                return "".join([t async for t in stream.text_stream])

        async def openai_whole():
            answer = await clients.openai_async.chat.completions.create(model=MODEL, messages=user("ECHO:A|B|C"))
            return answer.choices[0].message.content

        async def anthropic_whole():
            answer = await clients.anthropic_async.messages.create(model=MODEL, max_tokens=64, messages=user("ECHO:A|B|C"))
            return answer.content[0].text

        return await asyncio.gather(*(f() for f in [openai_stream, anthropic_stream, openai_whole, anthropic_whole] * 8))

    async def blocked(clients):
        refused = user(f"Charge {CARD} please.")
        for kind, call in (
            (openai.PermissionDeniedError, clients.openai_async.chat.completions.create(model=MODEL, messages=refused)),
            (anthropic.PermissionDeniedError, clients.anthropic_async.messages.create(model=MODEL, max_tokens=64, messages=refused)),
        ):
            try:
                await call
            except kind as error:
                assert "CREDIT_CARD" in str(error) and "1488" not in str(error), error
            else:
                raise AssertionError(f"no {kind.__name__}")

    async def both(gateway):
        # The clients belong to the loop that they were first used in.
        clients = Clients(gateway)
        assert await all_at_once(clients) == ["ABC"] * 32
        await blocked(clients)

    with running() as gateway:
        asyncio.run(both(gateway))


def thinking():
    with running() as gateway:
        clients = Clients(gateway)
        more = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
        answer = clients.message("THINK:Let me| see.\nECHO:Done.", **more)
        kinds = [block.type for block in answer.content]
        assert kinds == ["thinking", "text"] and answer.content[0].thinking == "Let me see.", answer
        with clients.anthropic.messages.stream(model=MODEL, max_tokens=512, messages=user("THINK:Let me| see.\nECHO:Done."), **more) as stream:
            streamed = stream.get_final_message()
        assert streamed.content[0].thinking == "Let me see." and streamed.content[0].signature, streamed
        again = [*user("Hello."), {"role": "assistant", "content": [b.model_dump() for b in answer.content]}, *user("ECHO:And on.")]
        assert clients.anthropic.messages.create(model=MODEL, max_tokens=64, messages=again, **more).content[0].text == "And on."
        assert heard_openai_streamed(clients, "THINK:Let me| see.\nECHO:Done.") == Heard("Done.", "Let me see.")


#= iso27001-2022:A.5.17
def a_bad_key_is_an_authentication_error():
    with running() as gateway:
        clients = Clients(gateway, key="annexa-wrong")
        error = raises(openai.AuthenticationError, lambda: clients.chat("Hi."))
        assert error.response.headers["annexa-exchange"]
        raises(anthropic.AuthenticationError, lambda: clients.message("Hi."))


#= iso27001-2022:A.8.12
def a_block_is_a_permission_error_with_an_id():
    with running() as gateway:
        clients = Clients(gateway)
        for kind, call in ((openai.PermissionDeniedError, clients.chat), (anthropic.PermissionDeniedError, clients.message)):
            error = raises(kind, lambda: call(f"Charge {CARD} please."))
            id = error.response.headers["annexa-exchange"]
            assert id in str(error) and "CREDIT_CARD" in str(error) and "1488" not in str(error), error
            error = raises(kind, lambda: call(f"Charge {CARD} please.", stream=True))


#= iso27001-2022:A.8.12
def a_block_in_a_stream_is_an_api_error():
    with running("--policy", BLOCKING) as gateway:
        clients = Clients(gateway)
        text = "ECHO:All is well so far. And more of it| follows here. Then the account is |DE8937040044|0532013000| as known. Good."
        error = raises(openai.APIError, lambda: said_openai(clients.chat(text, stream=True)))
        assert "annexa" in str(error) and "3704" not in str(error), error
        error = raises(anthropic.APIError, lambda: said_anthropic(clients, text))
        assert "annexa" in str(error) and "3704" not in str(error), error
        raises(openai.PermissionDeniedError, lambda: clients.chat(text))
        raises(anthropic.PermissionDeniedError, lambda: clients.message(text))


def errors_of_the_provider_come_through():
    with running() as gateway:
        clients = Clients(gateway)
        raises(openai.RateLimitError, lambda: clients.chat("FAULT:429"))
        raises(anthropic.RateLimitError, lambda: clients.message("FAULT:429"))
        raises(openai.InternalServerError, lambda: clients.chat("FAULT:500"))
        error = raises(anthropic.APIStatusError, lambda: clients.message("FAULT:529"))
        assert error.status_code == 529, error
        for fault in ("FAULT:garbage", "FAULT:reset"):
            raises(openai.APIError, lambda: clients.chat(fault))
            raises(anthropic.APIError, lambda: clients.message(fault))
        raises(openai.APIError, lambda: said_openai(clients.chat("FAULT:truncate\nECHO:One. |Two. |Three.", stream=True)))
        raises(anthropic.APIError, lambda: said_anthropic(clients, "FAULT:truncate\nECHO:One. |Two. |Three."))
        assert clients.chat("FAULT:gzip\nECHO:Packed.").choices[0].message.content == "Packed."
        assert said_openai(clients.chat("FAULT:slow\nECHO:Slowly.", stream=True)) == "Slowly."


#= iso27001-2022:A.8.11
def an_address_leaves_as_a_token_and_comes_back():
    recorder = Recorder()
    with running(*recorder.flags()) as gateway:
        clients = Clients(gateway)
        clients.chat(f"Write to {EMAIL} please.")
        clients.message(f"Write to {EMAIL} please.")
        for body in recorder.bodies:
            assert EMAIL not in body and "[EMAIL_" in body, body
    with running() as gateway:
        clients = Clients(gateway)
        text = f"ECHO:I wrote to {EMAIL} |today."
        expected = f"I wrote to {EMAIL} today."
        assert clients.chat(text).choices[0].message.content == expected
        assert said_openai(clients.chat(text, stream=True)) == expected
        assert clients.message(text).content[0].text == expected
        assert said_anthropic(clients, text) == expected


#= iso27001-2022:A.8.11
def a_token_cut_in_pieces_is_restored():
    """The provider repeats the token one character a piece; the caller gets back what it wrote."""
    parrot = Parrot()
    with running(*parrot.flags()) as gateway:
        clients = Clients(gateway)
        text = f"Write to {EMAIL} and then to karl.weber@example.org, please."
        for way, hear in WAYS.items():
            heard = hear(clients, text)
            assert EMAIL not in parrot.bodies[-1] and parrot.said().count("[EMAIL_") == 2, parrot.said()
            assert heard == Heard(text), (way, heard)


#= iso27001-2022:A.8.11
def masked_values_do_not_reach_the_provider():
    recorder = Recorder()
    with running(*recorder.flags()) as gateway:
        clients = Clients(gateway)
        history = [{"role": "system", "content": f"The client's IBAN is {IBAN}."}, {"role": "assistant", "content": f"SSN {SSN}, noted."},
                   {"role": "user", "content": [{"type": "text", "text": f"Check the account {IBAN} once more."}]}]
        clients.openai.chat.completions.create(model=MODEL, messages=history)
        clients.anthropic.messages.create(model=MODEL, max_tokens=64, system=f"The client's IBAN is {IBAN}.", messages=history[1:])
        assert len(recorder.bodies) == 2
        for body in recorder.bodies:
            assert IBAN not in body and SSN not in body and "IBAN" in body, body


#= iso27001-2022:A.8.12
def secrets_in_answers_never_appear_however_they_are_cut():
    with running("--policy", "answers-only") as gateway:
        clients = Clients(gateway)
        for kind, secret in SECRETS.items():
            whole = f"Good morning. The value is {secret} as you asked. Nothing else."
            masked = None
            for cut in range(1, len(secret), 3):
                text = "ECHO:" + whole.replace(secret, secret[:cut] + "|" + secret[cut:])
                masked = masked or clients.chat(text).choices[0].message.content
                assert secret not in masked and f"[{kind}" in masked, (kind, masked)
                assert said_openai(clients.chat(text, stream=True)) == masked, kind
                assert said_anthropic(clients, text) == masked, kind
            one_by_one = "ECHO:" + "|".join(whole)
            assert said_openai(clients.chat(one_by_one, stream=True)) == masked, kind
            assert said_anthropic(clients, one_by_one) == masked, kind


#= iso27001-2022:A.8.12
def no_channel_gives_a_value_away():
    """Each value through text, thinking and tool arguments, one character a piece: no part of it is heard, and what is
    heard is the same whether it was streamed."""
    channels = {
        "text": lambda sentence: "ECHO:" + pieces(sentence),
        "thinking": lambda sentence: f"THINK:{pieces(sentence)}\nECHO:Done.",
        "arguments": lambda sentence: "TOOL:look_up:" + pieces(json.dumps({"note": sentence})),
    }
    leaks, differences = [], []
    with running("--policy", "answers-only") as gateway:
        clients = Clients(gateway)
        for value in VALUES:
            for channel, script in channels.items():
                heard = {way: hear(clients, script(value.sentence)) for way, hear in WAYS.items()}
                leaks += [f"{value.name} in {channel}, {way}" for way, h in heard.items() if any(f in h.all for f in value.fragments())]
                for whole, streamed in (("OpenAI", "OpenAI streamed"), ("Anthropic", "Anthropic streamed")):
                    same = heard[whole] == heard[streamed]
                    if channel == "arguments":
                        same = json.loads(heard[whole].arguments) == json.loads(heard[streamed].arguments)
                    if not same:
                        differences.append(f"{value.name} in {channel}, {streamed}: {heard[whole]} != {heard[streamed]}")
    assert len(VALUES) >= 40
    assert not leaks, f"{len(leaks)} leaks: {'; '.join(leaks[:6])}"
    assert not differences, f"{len(differences)} differences: {'; '.join(differences[:3])}"


#= iso27001-2022:A.8.12
def log_probabilities_do_not_spell_a_value():
    with running("--policy", "answers-only") as gateway:
        clients = Clients(gateway)
        for value in VALUES[::6]:
            text = "ECHO:" + pieces(value.sentence)
            answer = clients.chat(text, logprobs=True, top_logprobs=1)
            spelled = spell(answer.choices[0].logprobs)
            streamed = "".join(spell(c.choices[0].logprobs) for c in clients.chat(text, logprobs=True, stream=True) if c.choices)
            for said in (spelled, streamed):
                assert not any(f in said for f in value.fragments()), (value.name, said)


def spell(logprobs):
    return "".join(t.token for t in (logprobs and logprobs.content) or [])


def tokens_are_counted_and_unknown_routes_refused():
    with running() as gateway:
        clients = Clients(gateway)
        counted = clients.anthropic.messages.count_tokens(model=MODEL, messages=user("Hello there."))
        assert counted.input_tokens > 0
        error = raises(openai.NotFoundError, lambda: list(clients.openai.models.list()))
        assert "annexa" in str(error), error
        for kind, call in (
            (openai.NotFoundError, lambda: clients.openai.embeddings.create(model=MODEL, input="Hello.")),
            (openai.NotFoundError, lambda: clients.openai.responses.create(model=MODEL, input="Hello.")),
            (anthropic.NotFoundError, lambda: list(clients.anthropic.models.list())),
            (anthropic.NotFoundError, lambda: list(clients.anthropic.messages.batches.list())),
        ):
            error = raises(kind, call)
            assert "annexa_route" in str(error) and error.response.headers["annexa-exchange"] in str(error), error


def errors_have_the_providers_form():
    """Bodies that an inspector and a provider might read differently are refused, in a form that SDKs know."""
    with running() as gateway:
        status, headers, text = post(gateway.openai + "/chat/completions", {"model": MODEL, "messages": 7}, gateway.key)
        assert status >= 400 and json.loads(text)["error"]["message"] and headers["annexa-exchange"], text
        status, _, text = post(gateway.anthropic + "/v1/messages", {"model": MODEL, "messages": 7}, gateway.key)
        assert status >= 400 and json.loads(text)["type"] == "error", text


#= iso27001-2022:A.8.15
def what_ran_is_in_the_log():
    with running() as gateway:
        clients = Clients(gateway)
        id = clients.openai.chat.completions.with_raw_response.create(model=MODEL, messages=user("ECHO:Hi.")).headers["annexa-exchange"]
        out = gateway.data.parent / "export"
        annexa("log", "export", "--data", gateway.data, "--tenant", "bank", out)
        events = [json.loads(json.loads(l)["event"]) for l in (out / "events.jsonl").read_text().splitlines()]
        kinds = [e["what"]["kind"] for e in events if e["exchange"] == id]
        assert kinds == ["exchange_intent", "exchange_outcome"], kinds
        annexa("log", "verify", "--data", gateway.data)


if __name__ == "__main__":
    run(
        chat_and_messages,
        streams,
        helpers_of_the_sdks,
        several_choices,
        text_without_findings_is_what_was_said,
        tools,
        async_clients,
        thinking,
        a_bad_key_is_an_authentication_error,
        a_block_is_a_permission_error_with_an_id,
        a_block_in_a_stream_is_an_api_error,
        errors_of_the_provider_come_through,
        an_address_leaves_as_a_token_and_comes_back,
        a_token_cut_in_pieces_is_restored,
        masked_values_do_not_reach_the_provider,
        secrets_in_answers_never_appear_however_they_are_cut,
        no_channel_gives_a_value_away,
        log_probabilities_do_not_spell_a_value,
        tokens_are_counted_and_unknown_routes_refused,
        errors_have_the_providers_form,
        what_ran_is_in_the_log,
    )
