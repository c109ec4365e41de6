"""A provider that says back the last user message as it got it, one character a piece when it streams."""

import json

from recorder import Recorder, anthropic_whole, openai_whole


class Parrot(Recorder):
    """A recorder whose answer is the question. It is asked one thing at a time."""

    def said(self):
        return json.loads(self.bodies[-1])["messages"][-1]["content"]

    def whole(self, handler, openai):
        answer = openai_whole() if openai else anthropic_whole()
        if openai:
            answer["choices"][0]["message"]["content"] = self.said()
        else:
            answer["content"][0]["text"] = self.said()
        self.say(handler, answer)

    def stream(self, handler, openai):
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.close_connection = True
        for event in openai_events(self.said()) if openai else anthropic_events(self.said()):
            handler.wfile.write(event.encode())
            handler.wfile.flush()


def openai_events(text):
    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        body = {"id": "chatcmpl-2", "object": "chat.completion.chunk", "created": 1, "model": "parrot", "choices": [choice]}
        return f"data: {json.dumps(body)}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    yield from (chunk({"content": character}) for character in text)
    yield chunk({}, "stop")
    yield "data: [DONE]\n\n"


def anthropic_events(text):
    def event(body):
        return f"event: {body['type']}\ndata: {json.dumps(body)}\n\n"

    yield event({"type": "message_start", "message": {**anthropic_whole(), "content": [], "stop_reason": None}})
    yield event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for character in text:
        yield event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": character}})
    yield event({"type": "content_block_stop", "index": 0})
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    yield event({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 12}})
    yield event({"type": "message_stop"})
