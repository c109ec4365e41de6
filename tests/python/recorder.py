"""A provider that keeps what it gets: bodies with their times, and plain answers of both dialects."""

import http.server
import json
import sys
import threading

SENTENCE = "The committee met and agreed that the process works well for every branch."


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A gateway that went away is what the crash suite is about; all else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Recorder:
    """A running provider; `bodies` are the requests that reached it."""

    def __init__(self, pieces=8):
        self.bodies = []
        self.headers = []
        self.pieces = pieces
        self.lock = threading.Lock()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                recorder.answer(self)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def flags(self):
        """The options that make this the provider of both dialects."""
        return ["--upstream", f"openai={self.url}", "--upstream", f"anthropic={self.url}"]

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("content-length", 0))).decode()
        with self.lock:
            self.bodies.append(body)
            self.headers.append(dict(handler.headers))
        streamed = json.loads(body).get("stream", False)
        openai = "chat" in handler.path
        try:
            if streamed:
                self.stream(handler, openai)
            else:
                self.whole(handler, openai)
        except OSError:
            # The gateway went away, which is what the crash suite is about.
            handler.close_connection = True

    def whole(self, handler, openai):
        self.say(handler, openai_whole() if openai else anthropic_whole())

    def say(self, handler, answer):
        body = json.dumps(answer).encode()
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stream(self, handler, openai):
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for event in openai_events(self.pieces) if openai else anthropic_events(self.pieces):
            data = event.encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            handler.wfile.flush()
        handler.wfile.write(b"0\r\n\r\n")


def openai_whole():
    message = {"role": "assistant", "content": SENTENCE}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "recorder",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 12, "total_tokens": 15},
    }


def anthropic_whole():
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "recorder",
        "content": [{"type": "text", "text": SENTENCE}], "stop_reason": "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 12},
    }


def openai_events(pieces):
    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "recorder", "choices": [choice]}
        return f"data: {json.dumps(body)}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    for _ in range(pieces):
        yield chunk({"content": SENTENCE + " "})
    yield chunk({}, "stop")
    yield "data: [DONE]\n\n"


def anthropic_events(pieces):
    def event(body):
        return f"event: {body['type']}\ndata: {json.dumps(body)}\n\n"

    message = {**anthropic_whole(), "content": [], "stop_reason": None}
    yield event({"type": "message_start", "message": message})
    yield event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for _ in range(pieces):
        delta = {"type": "text_delta", "text": SENTENCE + " "}
        yield event({"type": "content_block_delta", "index": 0, "delta": delta})
    yield event({"type": "content_block_stop", "index": 0})
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    yield event({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 12}})
    yield event({"type": "message_stop"})
