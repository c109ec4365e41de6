//! Names that the providers' interfaces use, as keys and as values of `type` and `role`: safe to show, and
//! read by comparing them with this list.

/// The list's own copy of a name that is on it.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    let mut slot = hash(name.as_bytes());
    loop {
        let at = TABLE.get(slot).filter(|at| **at > 0)?;
        let found = NAMES.get(usize::from(*at) - 1).copied()?;
        if found == name {
            return Some(found);
        }
        slot = (slot + 1) % SLOTS;
    }
}

const SLOTS: usize = 2048;

/// For each hash the place of its name in the list, counted from one; taken slots push names on.
static TABLE: [u16; SLOTS] = table();

#[expect(clippy::indexing_slicing, reason = "run by the compiler, where a bad index fails the build")]
const fn table() -> [u16; SLOTS] {
    let mut table = [0; SLOTS];
    let mut at = 0;
    while at < NAMES.len() {
        let mut slot = hash(NAMES[at].as_bytes());
        while table[slot] > 0 {
            slot = (slot + 1) % SLOTS;
        }
        at += 1;
        table[slot] = at as u16;
    }
    table
}

/// Mixes length, first eight and last bytes.
const fn hash(name: &[u8]) -> usize {
    let (mut rest, mut hash, mut bytes) = (name, name.len() as u32, 0);
    while let [first, tail @ ..] = rest {
        hash = (hash ^ *first as u32).wrapping_mul(0x0100_0193);
        rest = tail;
        bytes += 1;
        if bytes == 8 {
            break;
        }
    }
    if let [.., last] = name {
        hash = (hash ^ *last as u32).wrapping_mul(0x0100_0193);
    }
    ((hash >> 16) ^ hash) as usize % SLOTS
}

/// In the order of their bytes.
#[rustfmt::skip]
const NAMES: [&str; 395] = [
    "$defs", "$id", "$ref", "$schema", "accepted_prediction_tokens", "adaptive", "added",
    "additionalProperties", "allOf", "allowed_callers", "allowed_domains", "allowed_tools", "annotations",
    "anthropic-beta", "any", "anyOf", "api_error", "approximate", "arguments", "array", "assistant",
    "audio", "audio_tokens", "authentication_error", "authorization_token", "auto", "background", "base64",
    "bash_20250124", "bash_code_execution", "bash_code_execution_output", "bash_code_execution_result",
    "bash_code_execution_tool_result", "batch", "betas", "billing_error", "blocked_domains", "body",
    "boolean", "budget_tokens", "bytes", "cache_control", "cache_creation", "cache_creation_input_tokens",
    "cache_read_input_tokens", "cached_tokens", "caller", "char_location", "chat.completion",
    "chat.completion.chunk", "choices", "citation", "citations", "citations_delta", "cited_text", "city",
    "clear_thinking_20251015", "clear_tool_uses_20250919", "code", "code_execution",
    "code_execution_20250522", "code_execution_20250825", "code_execution_output", "code_execution_result",
    "code_execution_tool_result", "code_execution_tool_result_error", "command", "compaction",
    "compaction_delta", "completion_tokens", "completion_tokens_details", "computer_20250124",
    "computer_20251124", "const", "container", "container_upload", "content", "content_block",
    "content_block_delta", "content_block_location", "content_block_start", "content_block_stop",
    "content_filter", "content_filter_offsets", "content_filter_results", "context", "context_management",
    "country", "created", "custom", "custom_blocklists", "data", "day", "default", "definition", "defs",
    "delta", "deprecated", "description", "detail", "details", "detected", "developer", "direct",
    "disabled", "display", "display_height_px", "display_width_px", "document", "document_index",
    "document_title", "domain", "edits", "effort", "enabled", "encoding", "encrypted_content",
    "encrypted_index", "encrypted_stdout", "end_block_index", "end_char_index", "end_index",
    "end_page_number", "end_turn", "enum", "ephemeral", "ephemeral_1h_input_tokens",
    "ephemeral_5m_input_tokens", "error", "error_code", "examples", "exclusiveMaximum", "exclusiveMinimum",
    "expires_at", "extra_body", "file", "file_data", "file_id", "file_search", "file_url", "filename",
    "files", "filtered", "finish_reason", "format", "frequency_penalty", "function", "function_call",
    "functions", "grammar", "group", "hate", "high", "hint", "id", "image", "image_url", "include",
    "include_obfuscation", "index", "inference_geo", "input", "input_audio", "input_json_delta",
    "input_schema", "input_text", "input_tokens", "instructions", "insufficient_quota", "integer",
    "invalid_request_error", "invalid_tool_input", "is_error", "items", "jailbreak", "json_object",
    "json_schema", "keep", "length", "logit_bias", "logprob", "logprobs", "logprobs_content", "low", "max",
    "maxItems", "maxLength", "maxProperties", "max_completion_tokens", "max_content_tokens", "max_tokens",
    "max_uses", "max_uses_exceeded", "maximum", "mcp_servers", "mcp_tool_result", "mcp_tool_use",
    "mcp_toolset", "media_type", "medium", "memory_20250818", "message", "message_delta", "message_start",
    "message_stop", "messages", "metadata", "minItems", "minLength", "minProperties", "minimal", "minimum",
    "modalities", "mode", "model", "model_context_window_exceeded", "multipleOf", "n", "name",
    "native_finish_reason", "none", "not", "not_found_error", "null", "number", "obfuscation", "object",
    "offset", "oneOf", "output", "output_config", "output_format", "output_text", "output_tokens",
    "overloaded_error", "page_age", "page_location", "parallel_tool_calls", "param", "parameters",
    "partial_json", "patch", "path", "pattern", "patternProperties", "pause_turn", "pdf",
    "permission_error", "ping", "prediction", "prefixItems", "presence_penalty", "previous_response_id",
    "priority", "profanity", "prompt_cache_key", "prompt_cache_retention", "prompt_filter_results",
    "prompt_tokens", "prompt_tokens_details", "properties", "propertyNames", "protected_material_code",
    "protected_material_text", "provider", "rate_limit_error", "reasoning", "reasoning_content",
    "reasoning_details", "reasoning_effort", "reasoning_tokens", "redacted_thinking", "refusal", "region",
    "rejected_prediction_tokens", "request_id", "request_too_large", "required", "response_format",
    "result", "retrieved_at", "return_code", "role", "safe", "safety_identifier", "schema",
    "search_context_size", "search_parameters", "search_result", "search_result_index",
    "search_result_location", "seed", "self_harm", "server_error", "server_name", "server_tool_use",
    "server_tool_use_id", "service_tier", "severity", "sexual", "signature", "signature_delta", "skills",
    "source", "speed", "standard", "standard_only", "start_block_index", "start_char_index", "start_index",
    "start_page_number", "status", "stderr", "stdout", "stop", "stop_reason", "stop_sequence",
    "stop_sequences", "store", "stream", "stream_options", "strict", "string", "summarized", "summary",
    "syntax", "system", "system_fingerprint", "temperature", "text", "text_delta", "text_editor_20250124",
    "text_editor_20250429", "text_editor_20250728", "text_editor_code_execution_tool_result", "thinking",
    "thinking_delta", "thinking_tokens", "thinking_turns", "timeout_error", "timezone", "title", "token",
    "tokens", "tool", "tool_call_id", "tool_calls", "tool_choice", "tool_configuration", "tool_reference",
    "tool_result", "tool_search_tool_bm25_20251119", "tool_search_tool_regex_20251119",
    "tool_search_tool_result", "tool_use", "tool_use_id", "tools", "top_k", "top_logprobs", "top_p",
    "total_tokens", "transcript", "trigger", "triggers", "truncation", "ttl", "type", "unavailable",
    "uniqueItems", "url", "url_citation", "usage", "used", "user", "user_id", "user_location", "value",
    "verbosity", "version", "violence", "voice", "wav", "web_fetch", "web_fetch_20250910",
    "web_fetch_requests", "web_fetch_result", "web_fetch_tool_result", "web_search", "web_search_20250305",
    "web_search_options", "web_search_requests", "web_search_result", "web_search_result_location",
    "web_search_tool_result", "web_search_tool_result_error",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(NAMES.is_sorted_by(|a, b| a < b));
        assert_eq!(known("messages"), Some("messages"));
        assert!(NAMES.iter().all(|name| known(name) == Some(*name)));
        for other in ["ssn", "", "Messages", "message ", "536-90-4399"] {
            assert_eq!(known(other), None);
        }
    }
}
