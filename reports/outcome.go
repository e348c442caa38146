package reports

import (
	"fmt"
	"time"
)

// Outcome is what became of a handled session.
type Outcome string

// The outcomes.
const (
	OutcomeOpen       Outcome = "open" // still inside its window
	OutcomeHandedOff  Outcome = "handed_off"
	OutcomeResolved   Outcome = "resolved"
	OutcomeUnresolved Outcome = "unresolved"
)

// Definition is a named preset of what counts as resolved: vendors differ.
type Definition int

// The presets. Standard is HubSpot's.
const (
	Standard Definition = iota
	Confirmed
	Durable
	definitions // how many
)

var definitionNames = [definitions]string{"standard", "confirmed", "durable"}

// Definitions lists the presets, the default first.
var Definitions = [definitions]Definition{Standard, Confirmed, Durable}

func (d Definition) String() string { return definitionNames[d] }

// ParseDefinition reads a preset's name; the empty name is the default.
func ParseDefinition(name string) (Definition, error) {
	if name == "" {
		return Standard, nil
	}
	for d, n := range definitionNames {
		if n == name {
			return Definition(d), nil
		}
	}
	return 0, fmt.Errorf("%q is not a definition: use standard, confirmed or durable", name)
}

// DefaultWindow is how long a session stays open after its last message.
const DefaultWindow = 72 * time.Hour

// durableAfter is how long a resolution must have held under Durable.
const durableAfter = 7 * 24 * time.Hour

// Verdict is a handled session's outcome folded without the current time:
// it is open before SettlesAt and has Outcome from then on. A zero SettlesAt
// means always. Row is the id of the row of the table that decided, which the
// catalogues say in words (verdict_…).
type Verdict struct {
	Outcome   Outcome
	SettlesAt time.Time
	Row       string
}

// At is the outcome at a moment.
func (v Verdict) At(now time.Time) Outcome {
	if now.Before(v.SettlesAt) {
		return OutcomeOpen
	}
	return v.Outcome
}

// Verdict decides the outcome of a handled session under a preset, with the
// window after which silence settles it. Of a session that the agent did not
// handle it is the zero Verdict.
//
// The table is that of docs/figures.md, "Outcome".
func (s *Session) Verdict(d Definition, window time.Duration) Verdict {
	if !s.Handled() {
		return Verdict{}
	}
	due := s.LastActivityAt.Add(window)
	switch {
	case s.HandedOff() && s.Reason == ImpliedReason:
		return Verdict{OutcomeHandedOff, time.Time{}, "human_came"}
	case s.HandedOff():
		return Verdict{OutcomeHandedOff, time.Time{}, "handed_off"}
	case s.Rating == Negative && !s.ClosedAt.IsZero():
		return Verdict{OutcomeUnresolved, time.Time{}, "negative_closed"}
	case s.Rating == Negative:
		return Verdict{OutcomeUnresolved, due, "negative_due"}
	case s.explicit() && d != Durable:
		return Verdict{OutcomeResolved, time.Time{}, "agent_resolved"}
	case d == Confirmed && s.Rating == Positive:
		return Verdict{OutcomeResolved, time.Time{}, "positive"}
	case d == Confirmed:
		return Verdict{OutcomeUnresolved, due, "unconfirmed"}
	case !s.Answered:
		return Verdict{OutcomeUnresolved, due, "unanswered"}
	case d == Durable:
		return s.durable(due)
	}
	return Verdict{OutcomeResolved, due, "answered"}
}

// durable decides over a session that is resolved under Standard.
func (s *Session) durable(due time.Time) Verdict {
	row, said, settled := "answered", due, due // when Standard says so
	if s.explicit() {
		row, said, settled = "agent_resolved", s.ResolvedAt, time.Time{}
	}
	switch held := said.Add(durableAfter); {
	case s.Reopens > 0:
		return Verdict{OutcomeUnresolved, settled, "reopened"}
	case !s.ResolvedAt.IsZero() && s.LastVisitorAt.After(s.ResolvedAt):
		return Verdict{OutcomeUnresolved, settled, "wrote_again"}
	case !s.ReturnedAt.IsZero() && s.ReturnedAt.Before(held):
		return Verdict{OutcomeUnresolved, settled, "came_back"}
	default:
		return Verdict{OutcomeResolved, held, row + "_held"}
	}
}

// explicit reports that the agent said it was resolved, and did not fail to
// answer after that.
func (s *Session) explicit() bool { return s.Resolver == Agent && s.Answered }

// Deflected reports whether a session with an outcome other than open needed no
// human. It is wider than resolved: the visitor may have been unhappy.
func (s *Session) Deflected() bool {
	return s.Handled() && s.Answered && s.HumanAt.IsZero() && s.HandoffAt.IsZero()
}

// ResolutionMoment is when a session with outcome resolved was resolved.
func (s *Session) ResolutionMoment() time.Time {
	if s.explicit() {
		return s.ResolvedAt
	}
	return s.LastActivityAt
}

// sinceAgent is how many milliseconds after the agent's first act t was, never
// negative.
func (s *Session) sinceAgent(t time.Time) int64 { return max(0, t.Sub(s.AgentAt).Milliseconds()) }
