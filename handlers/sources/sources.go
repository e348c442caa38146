// Package sources turns what other systems tell of their conversations into events: one
// file a system, and one table that lists them. What a system tells, and what it cannot,
// stands in docs/sources.
package sources

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"agentreport/reports"
)

// Source is a system that tells of conversations in its own way.
type Source struct {
	Name  string // in addresses, commands and the environment
	Title string
	Gives []string       // what its events tell of
	Lacks []reports.Fact // what never comes from it
	// Defaults are the names that mean something where the operator gives none.
	Defaults Names
	// infersGaps says that nothing tells which questions had no answer: what was asked last
	// before a person took over is taken for one.
	infersGaps bool
	// namesSources says that its events say themselves of which source they are.
	namesSources bool

	// missing are the settings that what is set up needs too; nil where none can be.
	missing func(c *Config) []string
	// verify holds a request to the system's signature; nil where it has none and a bearer
	// token of ours stands for it.
	verify func(r *Request, c *Config) error
	// decode turns a webhook's payload, or a value of a file, into events.
	decode func(ctx context.Context, payload []byte, c *Config) (Batch, error)
	// past reads every conversation in which something happened since a moment; read reads
	// one. Both are nil where the system has no API for it.
	past func(ctx context.Context, c *Config, since time.Time, each func(Batch, time.Time) error) error
	read func(ctx context.Context, c *Config, conversation string) (Batch, error)
	// looks reports whether the members of a file's first value are those of the system.
	looks func(has func(members ...string) bool) bool
}

// Names are what a deployment calls things.
type Names struct {
	Agents     []string // ids of the AI agent
	Handoffs   []string // actions, tools or intents that hand a conversation to a person
	Unanswered []string // those that say that there was no answer
	Feedback   []string // OpenTelemetry's evaluations that are a visitor's
	Tests      []string // its environments that are left out of every figure
}

// Config is a source as it is set up.
type Config struct {
	*Source
	Account   string // where a deployment has several of the system
	Secret    string // that its webhooks are signed with
	Token     string // for its API
	URL       string // of its API, where it is not the vendor's
	PublicURL string // under which the vendor calls us, where it signs that
	NoGaps    bool   // what was asked before a person took over is no gap
	Names
	HTTP *http.Client // nil for a usual one
	Now  func() time.Time
}

// EventSource is the source of its events.
func (c *Config) EventSource() string {
	if c.Account != "" {
		return c.Source.Name + ":" + c.Account
	}
	return c.Source.Name
}

// Batch is what a payload gives.
type Batch struct {
	Events  []reports.Event
	Ignored []Ignored
	// Fetch are conversations that are to be read whole, because the payload only names
	// them; Erase are those that its system erased.
	Fetch, Erase []string
}

// Ignored is a part of a payload that gives no event.
type Ignored struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

func (b *Batch) add(e reports.Event) { b.Events = append(b.Events, e) }

func (b *Batch) ignore(what, why string) { b.Ignored = append(b.Ignored, Ignored{what, why}) }

func (b *Batch) join(o Batch) {
	b.Events = append(b.Events, o.Events...)
	b.Ignored = append(b.Ignored, o.Ignored...)
	b.Fetch = append(b.Fetch, o.Fetch...)
	b.Erase = append(b.Erase, o.Erase...)
}

// All is every source.
var All = slices.Concat([]*Source{otlp, hubspot, intercom}, shipped)

// Find is the source of a name.
func Find(name string) (*Source, bool) {
	for _, s := range All {
		if s.Name == name {
			return s, true
		}
	}
	return nil, false
}

// Ways are the ways in which its events come.
func (s *Source) Ways() []string {
	ways := []string{"file", "webhook"}
	if s.past != nil {
		ways = append(ways, "backfill")
	}
	return ways
}

// HasPast reports whether the past can be read through the system's API.
func (s *Source) HasPast() bool { return s.past != nil }

// IsSigned reports whether the system signs what it sends.
func (s *Source) IsSigned() bool { return s.verify != nil }

// Missing are the settings without which what is set up cannot work, each with the reason.
func (c *Config) Missing() []string {
	if c.missing == nil {
		return nil
	}
	return c.missing(c)
}

// Decode turns a webhook's payload, or a value of a file, into events, each made valid or
// ignored with the reason.
func (c *Config) Decode(ctx context.Context, payload []byte) (Batch, error) {
	b, err := c.decode(ctx, payload, c)
	if err != nil {
		return b, err
	}
	return c.checked(b), nil
}

// Read reads a conversation through the system's API.
func (c *Config) Read(ctx context.Context, conversation string) (Batch, error) {
	if c.read == nil {
		return Batch{}, fmt.Errorf("%s has no API to read a conversation", c.Title)
	}
	if c.Token == "" {
		return Batch{}, fmt.Errorf("%s is not set: it is needed to read conversations of %s", c.Variable("TOKEN"), c.Title)
	}
	b, err := c.read(ctx, c, conversation)
	return c.checked(b), err
}

// Past reads every conversation in which something happened since a moment, and gives it to
// each. Whatever changed before the time that stands beside it was given already, so that
// who is interrupted can go on from there.
func (c *Config) Past(ctx context.Context, since time.Time, each func(Batch, time.Time) error) error {
	if c.past == nil {
		return fmt.Errorf("%s has no API to read the past from: import a file", c.Title)
	}
	if c.Token == "" {
		return fmt.Errorf("%s is not set: it is needed to read conversations of %s", c.Variable("TOKEN"), c.Title)
	}
	return c.past(ctx, c, since, func(b Batch, last time.Time) error { return each(c.checked(b), last) })
}

// Variable is the name of a setting in the environment.
func (c *Config) Variable(name string) string {
	return "SOURCE_" + strings.ToUpper(strings.ReplaceAll(c.Source.Name, "-", "_")) + "_" + name
}

// checked makes events valid. One that cannot be is ignored: the rest of its payload is not
// to be lost for it.
func (c *Config) checked(b Batch) Batch {
	now := c.now()
	good := b.Events[:0]
	for _, e := range b.Events {
		e.Text, e.Question, e.Comment = reports.Shorten(e.Text, reports.MaxText), reports.Shorten(e.Question, reports.MaxQuestion), reports.Shorten(e.Comment, reports.MaxComment)
		e.Member.Name, e.Reason = reports.Shorten(e.Member.Name, reports.MaxName), reports.Shorten(e.Reason, reports.MaxReason)
		if !c.namesSources || e.Source == "" {
			e.Source = c.EventSource()
		}
		if err := e.Normalise("", now); err != nil {
			b.ignore(fmt.Sprintf("%s %s", e.Type, e.ID), err.Error())
			continue
		}
		good = append(good, e)
	}
	b.Events = good
	return b
}

// matches reports whether a name is in a list, in which * stands for anything.
func matches(list []string, name string) bool {
	return slices.ContainsFunc(list, func(pattern string) bool {
		ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name))
		return err == nil && ok
	})
}
