package delivery

import (
	"errors"
	"net/http"
	"slices"

	"github.com/slack-go/slack"

	"agentreport/reports/lang"
)

// sharedChannel is our own refusal: a report does not leave the organisation.
const sharedChannel = "shared_channel"

var errShared = errors.New(sharedChannel)

// final are the answers of Slack that do not change by asking again: a person has to do
// something. Each is said by the sentence of a word in the catalogues. They are those of
// https://docs.slack.dev/reference/methods/chat.postMessage and of the other methods here.
var final = map[string]string{
	"not_in_channel": "not_in_channel", "channel_not_found": "channel_not_found", "is_archived": "is_archived",
	"missing_scope": "missing_scope", "file_uploads_disabled": "file_uploads_disabled", "storage_limit_reached": "storage_limit_reached",

	"restricted_action": "restricted_action", "restricted_action_read_only_channel": "restricted_action", "restricted_action_thread_only_channel": "restricted_action",
	"restricted_action_thread_locked": "restricted_action", "restricted_action_non_threadable_channel": "restricted_action", "channel_is_limited_access": "restricted_action",
	"ekm_access_denied": "restricted_action", "app_access_restricted": "restricted_action", "posting_to_channel_denied": "restricted_action",
	"no_permission": "restricted_action", // in no list of Slack's, but seen

	"user_not_found": "no_direct_message", "messages_tab_disabled": "no_direct_message", "cannot_dm_bot": "no_direct_message", "user_disabled": "no_direct_message",

	"token_revoked": "token_revoked", "invalid_auth": "token_revoked", "not_authed": "token_revoked", "account_inactive": "token_revoked",
	"token_expired": "token_revoked", "access_denied": "token_revoked", "team_not_found": "token_revoked", "org_login_required": "token_revoked",
}

// passing are the answers of Slack that may be others the next time.
var passing = []string{"ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}

// unsure are those of them after which a message may be there.
var unsure = []string{"internal_error", "fatal_error", "service_unavailable", "request_timeout"}

// aboutBlocks are the answers that refuse what a message is made of, not the message.
var aboutBlocks = []string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "file_not_found", "slack_connect_file_link_sharing_blocked"}

// Word is Slack's word for why it refused, or nothing where it did not answer.
func Word(err error) string {
	var e slack.SlackErrorResponse
	if !errors.As(err, &e) {
		return ""
	}
	return e.Err
}

// Refusal is what was refused for good: the word of its sentence and a detail; empty
// where a later attempt may succeed.
func Refusal(err error) (word, detail string) {
	if errors.Is(err, errShared) {
		return sharedChannel, ""
	}
	var e slack.SlackErrorResponse
	if errors.As(err, &e) && final[e.Err] != "" {
		return final[e.Err], e.Needed
	}
	return "", ""
}

func isFinal(err error) bool {
	word, _ := Refusal(err)
	return word != ""
}

// isPassing reports whether an error may be another the next time: there was no answer,
// or one that says so. What is neither passing nor final is a word that we do not know.
func isPassing(err error) bool {
	if isFinal(err) {
		return false
	}
	word := Word(err)
	return word == "" || slices.Contains(passing, word)
}

// isUnsure reports whether a message may be there in spite of an error.
func isUnsure(err error) bool {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	if errors.As(err, &limited) || errors.As(err, &status) && status.Code == http.StatusTooManyRequests {
		return false
	}
	word := Word(err)
	return word == "" || slices.Contains(unsure, word)
}

func isAboutBlocks(err error) bool { return slices.Contains(aboutBlocks, Word(err)) }

// Sentence tells a person why something could not be done in Slack, and what to do.
func Sentence(p *lang.Printer, err error) string {
	word, detail := wordFor(err)
	return lang.Upper(p.T("error_"+word, lang.Args{"Detail": detail}))
}

// The words of our own for why a delivery failed.
const (
	refusedOther   = "other"          // a word of Slack's that we do not know
	refusedNothing = "no_answer"      // Slack did not answer until the deadline
	refusedStore   = "store"          // our store did not
	refusedUnknown = "unknown_result" // nobody could find out whether it is there
	refusedGone    = "schedule_gone"  // the schedule was removed or paused meanwhile
)

// wordFor is the word of the sentence for an error, and a detail.
func wordFor(err error) (word, detail string) {
	if errors.Is(err, errUnknown) {
		return refusedUnknown, ""
	}
	if word, detail := Refusal(err); word != "" {
		return word, detail
	}
	var from *callError
	switch {
	case errors.Is(err, errGone):
		return refusedGone, ""
	case errors.Is(err, errLate):
		return refusedNothing, ""
	case Word(err) != "":
		return refusedOther, Word(err)
	case errors.As(err, &from):
		return refusedNothing, ""
	}
	return refusedStore, ""
}
