package delivery

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"agentreport/reports/lang"
)

// refusals are the answers of Slack that do not change by asking again: a
// person has to do something. Each has a sentence in the catalogues.
var refusals = []string{
	"not_in_channel", "channel_not_found", "is_archived", "missing_scope", "file_uploads_disabled",
	"storage_limit_reached", "restricted_action", "token_revoked",
}

// revoked are further words for a token that is of no use.
var revoked = []string{"invalid_auth", "not_authed", "account_inactive", "token_expired", "access_denied"}

// sharedChannel is our own refusal: a report does not leave the organisation.
const sharedChannel = "shared_channel"

var errShared = errors.New(sharedChannel)

// Refusal is what Slack refused for good: its word and a detail; empty where a
// later attempt may succeed.
func Refusal(err error) (word, detail string) {
	if errors.Is(err, errShared) {
		return sharedChannel, ""
	}
	var e slack.SlackErrorResponse
	if !errors.As(err, &e) {
		return "", ""
	}
	switch {
	case slices.Contains(refusals, e.Err):
		return e.Err, e.Needed
	case slices.Contains(revoked, e.Err):
		return "token_revoked", ""
	}
	return "", ""
}

// Sentence tells a person why something could not be posted, and what to do.
func Sentence(p *lang.Printer, err error) string { return upperFirst(reason(p, err)) }

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// reason is the same as part of a longer sentence.
func reason(p *lang.Printer, err error) string {
	word, detail := wordFor(err)
	return p.T("error_"+word, lang.Args{"Detail": detail})
}

// wordFor is what Slack refused and a detail, or "other".
func wordFor(err error) (word, detail string) {
	if word, detail := Refusal(err); word != "" {
		return word, detail
	}
	var e slack.SlackErrorResponse
	if errors.As(err, &e) {
		return "other", e.Err
	}
	return "other", "no answer"
}

// answered reports whether Slack itself said no: then nothing was posted. After
// anything else, a timeout or a server error, the message may be there.
func answered(err error) bool {
	var e slack.SlackErrorResponse
	var limited *slack.RateLimitedError
	return errors.As(err, &limited) || errors.As(err, &e) && e.Err != "internal_error" && e.Err != "fatal_error" && e.Err != "service_unavailable"
}

// retryAfter is how long Slack asked to wait.
func retryAfter(err error) time.Duration {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return limited.RetryAfter
	}
	return 0
}

// patiently calls Slack's reading methods, which do no harm twice, until they
// are not rate limited.
func patiently(ctx context.Context, call func() error) error {
	for {
		err := call()
		wait := retryAfter(err)
		if wait == 0 {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Word is Slack's word for why it refused, or nothing where it did not answer.
func Word(err error) string {
	var e slack.SlackErrorResponse
	if !errors.As(err, &e) {
		return ""
	}
	return e.Err
}
