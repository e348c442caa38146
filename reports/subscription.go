package reports

import (
	"slices"
	"strings"
	"time"
)

// Subscription is a digest that goes to one Slack channel on a schedule.
type Subscription struct {
	ID         string    `json:"id"`
	Channel    string    `json:"channel"`          // Slack channel id
	Schedule   string    `json:"schedule"`         // five cron fields, in Zone
	Zone       string    `json:"zone"`             // IANA name
	Language   string    `json:"language"`         // BCP 47
	Filter     string    `json:"filter,omitzero"`  // only conversations of this channel
	Definition string    `json:"definition"`       // preset
	CreatedBy  string    `json:"created_by"`       // Slack user id of whom to tell; empty where nobody is
	Alert      string    `json:"alert,omitzero"`   // Slack channel id that is told of failures too
	CreatedAt  time.Time `json:"created_at"`       // nothing is due before
	Paused     bool      `json:"paused,omitzero"`  // nothing is due meanwhile
	ActiveAt   time.Time `json:"active_at"`        // since when it is not paused; nothing is due before
	Managed    bool      `json:"managed,omitzero"` // kept as the environment says, at every start
	// Sections are the parts that the digest has beside its figures; empty for all.
	Sections []Section `json:"sections,omitempty"`
	// Removed subscriptions post nothing; they stay for the audit trail.
	Removed bool                 `json:"removed,omitzero"`
	History []SubscriptionChange `json:"history,omitempty"` // oldest first
}

// Section is a part of a digest beside its figures.
type Section string

// The sections.
const (
	SectionCharts  Section = "charts"
	SectionGaps    Section = "gaps"
	SectionEffects Section = "effects"
	SectionRemarks Section = "remarks"
)

// Sections lists the sections in the order of a digest.
var Sections = []Section{SectionCharts, SectionGaps, SectionEffects, SectionRemarks}

// Has reports whether the subscription's digest has a section.
func (s *Subscription) Has(section Section) bool {
	return len(s.Sections) == 0 || slices.Contains(s.Sections, section)
}

// Tells are the people and channels that hear when a digest cannot be posted.
func (s *Subscription) Tells() []string {
	var list []string
	for _, to := range []string{s.CreatedBy, s.Alert} {
		if to != "" && !slices.Contains(list, to) {
			list = append(list, to)
		}
	}
	return list
}

// Resume ends a pause; what was due meanwhile is not posted.
func (s *Subscription) Resume(now time.Time) {
	if s.Paused {
		s.Paused, s.ActiveAt = false, now.UTC()
	}
}

// Trim takes out of a digest what the subscription does not want.
func (s *Subscription) Trim(d *Digest) {
	if !s.Has(SectionCharts) {
		d.Charts, d.ThreadCharts = nil, nil
	}
	if !s.Has(SectionGaps) {
		d.Gaps, d.MoreGaps = nil, 0
	}
	if !s.Has(SectionEffects) {
		d.Effects = nil
	}
	if !s.Has(SectionRemarks) {
		d.Remarks = nil
	}
}

// SubscriptionChange is one change of a subscription.
type SubscriptionChange struct {
	At     time.Time  `json:"at"`
	By     string     `json:"by"`
	What   ChangeKind `json:"what"`
	Before string     `json:"before,omitzero"`
	After  string     `json:"after,omitzero"`
}

// Summary is what a subscription says, in one line.
func (s *Subscription) Summary() string {
	parts := []string{s.Channel, s.Schedule, s.Zone, s.Language, s.Definition}
	if s.Filter != "" {
		parts = append(parts, "channel:"+s.Filter)
	}
	if s.Alert != "" {
		parts = append(parts, "failures:"+s.Alert)
	}
	for _, section := range s.Sections {
		parts = append(parts, string(section))
	}
	return strings.Join(parts, " ")
}

// Note keeps in the history what somebody did to the subscription, which was
// another before.
func (s *Subscription) Note(was *Subscription, by string, now time.Time) {
	c := SubscriptionChange{At: now.UTC(), By: by}
	switch {
	case was == nil:
		c.What, c.After = ScheduleCreated, s.Summary()
	case s.Removed:
		c.What, c.Before = ScheduleRemoved, was.Summary()
	case s.Paused != was.Paused && s.Paused:
		c.What = SchedulePaused
	case s.Paused != was.Paused:
		c.What = ScheduleResumed
	case s.Summary() != was.Summary():
		c.What, c.Before, c.After = ScheduleChanged, was.Summary(), s.Summary()
	default:
		return
	}
	s.History = append(s.History, c)
}

// Changes is the history of a subscription.
func (s *Subscription) Changes() []Change {
	list := make([]Change, len(s.History))
	for i, c := range s.History {
		list[i] = Change{At: c.At, By: c.By, What: c.What, ID: s.ID, Name: s.ID, Before: c.Before, After: c.After}
	}
	return list
}

// EnvironmentSubscription is the id of the subscription that the environment
// describes.
const EnvironmentSubscription = "environment"
