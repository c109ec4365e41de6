//! What holds for every question.

use proptest::prelude::*;

use super::*;

fn categories() -> impl Strategy<Value = Category> {
    prop::sample::select(vec![
        Category::Personal,
        Category::Health,
        Category::Financial,
        Category::Credential,
        Category::Confidential,
        Category::Injection,
        Category::Exfiltration,
        Category::Harmful,
        Category::Uninspected,
    ])
}

fn any_seen() -> impl Strategy<Value = Seen> {
    let families = vec![
        "card",
        "credential",
        "national_id",
        "contact",
        "url",
        "media",
        "encoded",
        "made_up",
        "exchange",
    ];
    let kinds = vec!["CREDIT_CARD", "AWS_KEY", "EMAIL", "X", "EXCHANGE"];
    (
        prop::sample::select(kinds),
        prop::sample::select(families),
        categories(),
        any::<u32>(),
        0.0f32..=1.0,
        prop::collection::vec(prop::sample::select(vec!["user".to_owned(), "tool_result".to_owned()]), 0..3),
    )
        .prop_map(|(kind, family, category, count, confidence, origins)| Seen {
            kind: kind.into(),
            family: family.into(),
            category,
            count,
            confidence,
            origins,
        })
}

prop_compose! {
    fn any_facts()(known in any::<[Option<bool>; 4]>(), region in prop::option::of("[a-z]{2}"),
                   flags in prop::collection::btree_set("[a-z]{1,3}", 0..3)) -> Facts {
        let [system_registered, purpose_permitted, dpa_in_force, supplier_terms_ended] = known;
        Facts { system_registered, purpose_permitted, dpa_in_force, supplier_terms_ended, region, flags }
    }
}

prop_compose! {
    fn any_question()(
        direction in prop::sample::select(Direction::ALL.to_vec()),
        seen in prop::collection::vec(any_seen(), 0..4),
        facts in any_facts(),
        names in any::<[bool; 4]>(),
        texts in prop::collection::vec("\\PC{0,6}", 4),
        lifts in any::<[bool; 3]>(),
        offset in -100_000i64..100_000,
    ) -> Question {
        let mut asked = question(direction, seen);
        let all = ["CREDIT_CARD", "AWS_KEY", "EMAIL", "X", "EXCHANGE"];
        asked.facts = facts;
        asked.at = NOW + offset;
        asked.destination.model.clone_from(&texts[0]);
        asked.destination.tool = names[0].then(|| texts[1].clone());
        asked.caller.purpose = names[1].then(|| texts[2].clone());
        asked.caller.end_user = names[2].then(|| texts[3].clone());
        asked.caller.reason_given = lifts[0];
        asked.exceptions = if lifts[1] { vec![ActiveException { until: i64::MAX, ..exception(&all) }] } else { Vec::new() };
        asked.break_glass = lifts[2].then(|| BreakGlass { until: asked.at + 60, ..glass() });
        asked
    }
}

fn bare(question: &Question) -> Question {
    let mut bare = Question { exceptions: Vec::new(), break_glass: None, ..question.clone() };
    bare.caller.reason_given = false;
    bare
}

fn protected(seen: &Seen) -> bool {
    seen.family == "card" || seen.family == "credential" || seen.category == Category::Credential
}

fn some_rules() -> Vec<String> {
    let conditions = [
        "true",
        "context.family == \"contact\"",
        "context.category == \"personal\"",
        "context.count > 1000",
        "context.confidence > 50",
        "action == Action::\"send\"",
        "context.origins.contains(\"user\")",
        "context.facts has region",
    ];
    let verdicts = ["mask", "tokenise", "hold", "block"];
    let all = conditions.iter().flat_map(|c| verdicts.iter().map(move |v| (*c, *v)));
    all.enumerate().map(|(i, (c, v))| forbid(&format!("r{i}"), v, c)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_strictest_wins_in_any_order(
        picked in prop::sample::subsequence(some_rules(), 1..6).prop_shuffle(), asked in any_question(),
    ) {
        let mut asked = bare(&asked);
        asked.seen.retain(|s| s.kind != EXCHANGE);
        asked.seen.dedup_by(|a, b| a.kind == b.kind);
        let forwards = own(&picked.concat()).decide(&asked);
        let backwards = own(&picked.iter().rev().cloned().collect::<String>()).decide(&asked);
        prop_assert_eq!(forwards.verdict, backwards.verdict);
        for (a, b) in forwards.kinds.iter().zip(&backwards.kinds) {
            let sorted = |k: &KindDecision| { let mut p = k.policies.clone(); p.sort(); p };
            prop_assert_eq!((a.verdict, sorted(a)), (b.verdict, sorted(b)));
        }
        // Each rule alone is never stricter than all together, and one of them is as strict.
        let alone: Vec<Decision> = picked.iter().map(|r| own(r).decide(&asked)).collect();
        let strictest = alone.iter().map(|d| d.verdict).max().unwrap_or(Verdict::Allow);
        prop_assert_eq!(forwards.verdict, strictest);
    }

    #[test]
    fn watched_policies_never_change_a_decision(
        watched in prop::sample::subsequence(some_rules(), 0..8), asked in any_question(),
    ) {
        let plain = loaded("default").decide(&asked);
        let seen = default().watching(&watched.concat()).unwrap().decide(&asked);
        prop_assert_eq!(Decision { monitor: Vec::new(), ..seen }, plain);
    }
}

proptest! {
    //= iso27001-2022:A.8.12
    #[test]
    fn nothing_lifts_the_block_on_cards_and_credentials(asked in any_question()) {
        let asked = Question { direction: Direction::Send, ..asked };
        static OWN: LazyLock<[PolicySet; 2]> =
            LazyLock::new(|| [own(""), own(&forbid("all", "block", "context.family != \"exchange\""))]);
        for set in [loaded("default"), loaded("monitor"), &OWN[0], &OWN[1]] {
            for one in asked.seen.iter().filter(|s| protected(s)) {
                let decision = set.decide(&Question { seen: vec![one.clone()], ..asked.clone() });
                prop_assert_eq!(decision.verdict, Verdict::Block);
                prop_assert!(decision.kinds.iter().any(|k| k.kind == one.kind && k.verdict == Verdict::Block));
                let own_exchange = one.kind == EXCHANGE;
                prop_assert!(decision.modifiers.iter().all(|m| m.kind != one.kind || own_exchange));
            }
        }
    }

    #[test]
    fn in_answers_and_tools_nothing_lifts_the_mask_on_cards_and_credentials(asked in any_question(), tool in any::<bool>()) {
        let direction = if tool { Direction::CallTool } else { Direction::Release };
        for one in asked.seen.iter().filter(|s| protected(s) && s.kind != EXCHANGE && s.family != "exchange") {
            let decision = loaded("default").decide(&Question { direction, seen: vec![one.clone()], ..asked.clone() });
            prop_assert_eq!(decision.of(&one.kind).unwrap().verdict, Verdict::Mask);
        }
    }

    #[test]
    fn unknown_kinds_follow_their_category(family in "z[a-z]{3,8}", category in categories(), direction in prop::sample::select(Direction::ALL.to_vec())) {
        let decision = loaded("default").decide(&question(direction, vec![seen("CUSTOM", &family, category)]));
        let expected = match (category, direction) {
            (Category::Personal | Category::Health | Category::Financial | Category::Confidential, _) => Verdict::Mask,
            (Category::Credential, Direction::Send) => Verdict::Block,
            (Category::Credential, _) => Verdict::Mask,
            (Category::Uninspected, Direction::Release | Direction::CallTool) => Verdict::Allow,
            _ => Verdict::Block,
        };
        prop_assert_eq!(decision.verdict, expected);
    }

    #[test]
    fn deciding_twice_or_afresh_is_the_same(questions in prop::collection::vec(any_question(), 1..6)) {
        static USED: LazyLock<PolicySet> = LazyLock::new(|| own(&some_rules().concat()));
        for asked in &questions {
            let first = USED.decide(asked);
            prop_assert_eq!(&first, &USED.decide(asked));
            USED.forget();
            prop_assert_eq!(&first, &USED.decide(asked));
        }
    }

    #[test]
    fn questions_and_decisions_survive_their_events(asked in any_question()) {
        let set = loaded("monitor");
        let json = serde_json::to_string(&asked).unwrap();
        let back: Question = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&back, &asked);
        let decision = set.decide(&asked);
        let json = serde_json::to_string(&decision).unwrap();
        prop_assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    }

    #[test]
    fn what_is_put_to_cedar_fits_the_schema(asked in any_question()) {
        let set = loaded("default");
        let words = set.words();
        let scene = Scene::new(&asked, words);
        let entities = scene.entities().unwrap().clone();
        cedar_policy::Entities::from_entities(entities, Some(&words.schema)).unwrap();
        for case in std::iter::once(Case::exchange()).chain(asked.seen.iter().filter_map(Case::of)) {
            let request = scene.request(&asked, &case, &Reads::everything()).unwrap();
            let action = words.action(asked.direction);
            request.context().unwrap().validate(&words.schema, &action).unwrap();
        }
    }
}
