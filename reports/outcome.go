package reports

import (
	"fmt"
	"time"
)

// Outcome is what became of a handled conversation.
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

// DefaultWindow is how long a conversation stays open after its last message.
const DefaultWindow = 72 * time.Hour

// durableAfter is how long a resolution must have held under Durable.
const durableAfter = 7 * 24 * time.Hour

// Verdict is a handled conversation's outcome folded without the current time:
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

// Verdict decides the outcome of a handled conversation under a preset, with
// the window after which silence settles it. Of a conversation that the agent
// did not handle it is the zero Verdict.
//
// The table is that of metrics.md, "Outcome of a handled conversation".
func (c *Conversation) Verdict(d Definition, window time.Duration) Verdict {
	if !c.Handled() {
		return Verdict{}
	}
	due := c.LastActivityAt.Add(window)
	switch {
	case c.HandedOff():
		if c.Reason == ImpliedReason {
			return Verdict{OutcomeHandedOff, time.Time{}, "human_came"}
		}
		return Verdict{OutcomeHandedOff, time.Time{}, "handed_off"}
	case c.Rating == Negative && !c.ClosedAt.IsZero():
		return Verdict{OutcomeUnresolved, time.Time{}, "negative_closed"}
	case c.Rating == Negative:
		return Verdict{OutcomeUnresolved, due, "negative_due"}
	case d == Confirmed:
		switch {
		case c.Resolver == Agent:
			return Verdict{OutcomeResolved, time.Time{}, "agent_resolved"}
		case c.Rating == Positive:
			return Verdict{OutcomeResolved, time.Time{}, "positive"}
		}
		return Verdict{OutcomeUnresolved, due, "unconfirmed"}
	}

	v := Verdict{OutcomeUnresolved, due, "unanswered"}
	switch {
	case c.Resolver == Agent:
		v = Verdict{OutcomeResolved, time.Time{}, "agent_resolved"}
	case c.Answered:
		v = Verdict{OutcomeResolved, due, "answered"}
	}
	if d != Durable || v.Outcome != OutcomeResolved {
		return v
	}
	switch {
	case c.Reopens > 0:
		return Verdict{OutcomeUnresolved, v.SettlesAt, "reopened"}
	case !c.ResolvedAt.IsZero() && c.LastVisitorAt.After(c.ResolvedAt):
		return Verdict{OutcomeUnresolved, v.SettlesAt, "wrote_again"}
	}
	settled := due
	if c.Resolver == Agent {
		settled = c.ResolvedAt
	}
	return Verdict{OutcomeResolved, settled.Add(durableAfter), v.Row + "_held"}
}

// Deflected reports whether a conversation with an outcome other than open
// needed no human. It is wider than resolved: the visitor may have been unhappy.
func (c *Conversation) Deflected() bool {
	return c.Handled() && c.Answered && c.HumanAt.IsZero() && c.HandoffAt.IsZero()
}

// ResolutionMoment is when a conversation with outcome resolved was resolved.
func (c *Conversation) ResolutionMoment() time.Time {
	if c.Resolver == Agent {
		return c.ResolvedAt
	}
	return c.LastActivityAt
}

// sinceAgent is how long after the agent's first act t was, never negative.
func (c *Conversation) sinceAgent(t time.Time) time.Duration { return max(0, t.Sub(c.AgentAt)) }
