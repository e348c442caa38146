package reports

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// FieldError says which field of an event is wrong and what it must be.
type FieldError struct {
	Field   string
	Problem string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Limits of an event's fields, in characters.
const (
	MaxID       = 200
	MaxSource   = 60
	MaxChannel  = 60
	MaxText     = 20_000
	MaxQuestion = 2_000
	MaxTopic    = 120
	MaxComment  = 2_000
	MaxReason   = 120
	MaxURL      = 2_000
	MaxLanguage = 100
	MaxVisitor  = 200
	MaxName     = 200
)

// DefaultSource is the source of events that name none, where neither the
// token nor the command line does.
const DefaultSource = "default"

var (
	oldest    = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	maxFuture = 24 * time.Hour
)

// Normalise makes the event valid for the store or says what is wrong with it:
// it fills in the source, cuts the time to the millisecond in UTC and checks
// every rule of the event format. The error is a *FieldError that names the
// first wrong field in the order of the format.
func (e *Event) Normalise(source string, now time.Time) error {
	if e.Source == "" {
		e.Source = source
	}
	if e.Source == "" {
		e.Source = DefaultSource
	}
	e.At = e.At.UTC().Truncate(time.Millisecond)
	if bad := e.validate(now); bad != nil {
		return bad
	}
	return nil
}

func (e *Event) validate(now time.Time) *FieldError {
	bad := func(field, format string, args ...any) *FieldError {
		return &FieldError{field, fmt.Sprintf(format, args...)}
	}
	switch {
	case e.ID == "":
		return bad("id", "is required: unique within its source, so that the same event sent again counts once")
	case e.Type == "":
		return bad("type", "is required: one of %s", list(EventTypes))
	case !slices.Contains(EventTypes, e.Type):
		return bad("type", "%q is unknown: use one of %s", clip(string(e.Type)), list(EventTypes))
	case e.Conversation == "":
		return bad("conversation", "is required: the id that all events of a conversation share")
	case e.At.IsZero():
		return bad("at", "is required: a time such as 2025-09-22T10:00:00Z")
	case e.At.Before(oldest):
		return bad("at", "%s is before the year 2000", e.At.Format(time.RFC3339))
	case e.At.After(now.Add(maxFuture)):
		return bad("at", "%s is more than 24 hours in the future", e.At.Format(time.RFC3339))
	}
	for _, f := range [...]struct {
		name, value string
		most        int
	}{
		{"id", e.ID, MaxID},
		{"source", e.Source, MaxSource},
		{"conversation", e.Conversation, MaxID},
		{"member.id", e.Member.ID, MaxID},
		{"member.name", e.Member.Name, MaxName},
		{"channel", e.Channel, MaxChannel},
		{"text", e.Text, MaxText},
		{"question", e.Question, MaxQuestion},
		{"topic", e.Topic, MaxTopic},
		{"comment", e.Comment, MaxComment},
		{"reason", e.Reason, MaxReason},
		{"url", e.URL, MaxURL},
		{"language", e.Language, MaxLanguage},
		{"visitor", e.Visitor, MaxVisitor},
	} {
		if f.value == "" {
			continue
		}
		if len(f.value) > f.most {
			if n := utf8.RuneCountInString(f.value); n > f.most {
				return bad(f.name, "has %d characters, %d at most", n, f.most)
			}
		}
		if !utf8.ValidString(f.value) {
			return bad(f.name, "is not valid UTF-8")
		}
		if strings.IndexByte(f.value, 0) >= 0 {
			return bad(f.name, "contains a NUL character")
		}
	}
	needsActor := e.Type == Message || e.Type == Assigned || e.Type == Resolved || e.Type == Closed
	switch {
	case e.Actor == "" && needsActor:
		return bad("actor", "is required for %s: one of %s", e.Type, list(Actors))
	case e.Actor != "" && !slices.Contains(Actors, e.Actor):
		return bad("actor", "%q is unknown: use one of %s", clip(string(e.Actor)), list(Actors))
	case e.Type == Assigned && e.Actor != Agent && e.Actor != Human:
		return bad("actor", "a conversation is assigned to agent or human, not to %s", e.Actor)
	case e.Type == Unanswered && strings.TrimSpace(e.Question) == "":
		return bad("question", "is required for unanswered: the exact question that the agent could not answer")
	case e.Rating != "" && !slices.Contains(Ratings, e.Rating):
		return bad("rating", "%q is unknown: use one of %s", clip(string(e.Rating)), list(Ratings))
	case e.Score < 0 || e.Score > 5:
		return bad("score", "%d is not an integer from 1 to 5", e.Score)
	case e.Type == Feedback && e.Satisfaction() == "":
		return bad("rating", "is required for feedback: one of %s, or a score from 1 to 5", list(Ratings))
	case e.URL != "" && !isWebURL(e.URL):
		return bad("url", "%q is not an http or https URL", clip(e.URL))
	case e.Language != "" && !isLanguageTag(e.Language):
		return bad("language", "%q is not a BCP 47 tag such as en or es-MX", clip(e.Language))
	}
	return nil
}

func list[T ~string](values []T) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(v))
	}
	return b.String()
}

// clip shortens a wrong value for an error message.
func clip(s string) string { return Shorten(s, 60) }

func isWebURL(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func isLanguageTag(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) < 1 || len(part) > 8 || (i == 0 && len(part) < 2 && part != "x" && part != "i") {
			return false
		}
		for _, c := range []byte(part) {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}
