"""The SDK suite: the official `openai` and `anthropic` packages against the demo, by base URL and key alone."""

import asyncio
import json
import pathlib

import anthropic
import openai

from gateway import annexa, post, raises, run, running
from recorder import Recorder

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

        return await asyncio.gather(*(f() for f in [openai_stream, anthropic_stream] * 8))

    with running() as gateway:
        assert asyncio.run(all_at_once(Clients(gateway))) == ["ABC"] * 16


def thinking():
    with running() as gateway:
        clients = Clients(gateway)
        more = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
        answer = clients.message("THINK:Let me| see.\nECHO:Done.", **more)
        kinds = [block.type for block in answer.content]
        assert kinds == ["thinking", "text"] and answer.content[0].thinking == "Let me see.", answer


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


def tokens_are_counted_and_unknown_routes_refused():
    with running() as gateway:
        clients = Clients(gateway)
        counted = clients.anthropic.messages.count_tokens(model=MODEL, messages=user("Hello there."))
        assert counted.input_tokens > 0
        error = raises(openai.NotFoundError, lambda: list(clients.openai.models.list()))
        assert "annexa" in str(error), error
        raises(openai.APIStatusError, lambda: clients.openai.embeddings.create(model=MODEL, input="Hello."))
        raises(anthropic.NotFoundError, lambda: list(clients.anthropic.models.list()))


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
        tools,
        async_clients,
        thinking,
        a_bad_key_is_an_authentication_error,
        a_block_is_a_permission_error_with_an_id,
        a_block_in_a_stream_is_an_api_error,
        errors_of_the_provider_come_through,
        an_address_leaves_as_a_token_and_comes_back,
        masked_values_do_not_reach_the_provider,
        secrets_in_answers_never_appear_however_they_are_cut,
        tokens_are_counted_and_unknown_routes_refused,
        errors_have_the_providers_form,
        what_ran_is_in_the_log,
    )
