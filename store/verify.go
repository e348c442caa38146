package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"agentreport/reports"
)

// Difference is something that is stored otherwise than the events say.
type Difference struct {
	What   string // a conversation's key or a day
	Stored string
	Events string // what the events give
}

func (d Difference) String() string {
	return fmt.Sprintf("%s\n  stored: %s\n  events: %s", d.What, d.Stored, d.Events)
}

// Verified says what Verify looked at.
type Verified struct {
	Events, Conversations, Days int
	Differences                 []Difference
}

// maxDifferences is how many differences Verify lists.
const maxDifferences = 100

// Verify computes every conversation and every day from the events and compares
// them with what is stored. Events that are recorded meanwhile are no
// difference. Progress is called with the number of events seen.
func (s *Store) Verify(ctx context.Context, now time.Time, progress func(events int)) (Verified, error) {
	var v Verified
	days := map[reports.Day]*reports.DayTally{}
	marks, err := s.marks(ctx)
	if err != nil {
		return v, err
	}
	err = s.eachConversation(ctx, func(keys []string, grouped groups) error {
		for _, key := range keys {
			list := grouped[key].events()
			facts := s.rules.Fold(list)
			v.Events += len(list)
			v.Conversations++
			for _, d := range s.rules.Days(&facts) {
				if days[d] == nil {
					days[d] = &reports.DayTally{Day: d}
				}
				s.rules.AddShare(days[d], &facts, now)
			}
		}
		if progress != nil {
			progress(v.Events)
		}
		return s.verifyFacts(ctx, keys, grouped, &v)
	})
	if err != nil {
		return v, err
	}
	if err := s.verifyOrphans(ctx, &v); err != nil {
		return v, err
	}
	v.Days = len(days)
	return v, s.verifyDays(ctx, now, days, marks, &v)
}

// verifyOrphans looks for conversations without an event.
func (s *Store) verifyOrphans(ctx context.Context, v *Verified) error {
	return scan(ctx, s.backend, conversations, Query{}, func(docs []Doc) error {
		for _, d := range docs {
			found, err := s.backend.Find(ctx, events, Query{Index: "conversation", In: []string{d.ID}, Limit: 1})
			if err != nil {
				return err
			}
			if len(found) == 0 && len(v.Differences) < maxDifferences {
				v.Differences = append(v.Differences, Difference{"conversation " + d.ID, string(d.Body), "no events"})
			}
		}
		return nil
	})
}

// verifyFacts compares the stored facts. What differs is read once more: it may
// be a conversation that has just got an event.
func (s *Store) verifyFacts(ctx context.Context, keys []string, grouped groups, v *Verified) error {
	docs, err := s.backend.Get(ctx, conversations, keys)
	if err != nil {
		return err
	}
	stored := map[string]Doc{}
	for _, d := range docs {
		stored[d.ID] = d
	}
	for _, key := range keys {
		diff, err := s.compareFacts(key, stored[key], grouped[key])
		if err == nil && diff != nil {
			docs, err = s.backend.Get(ctx, conversations, []string{key})
			var found []Doc
			if err == nil {
				found, err = s.backend.Find(ctx, events, Query{Index: "conversation", In: []string{key}})
			}
			var again groups
			if err == nil {
				again, err = groupEvents(found)
			}
			if err == nil {
				docs = append(docs, Doc{})
				diff, err = s.compareFacts(key, docs[0], again[key])
			}
		}
		if err != nil {
			return err
		}
		if diff != nil && len(v.Differences) < maxDifferences {
			v.Differences = append(v.Differences, *diff)
		}
	}
	return nil
}

func (s *Store) compareFacts(key string, doc Doc, g *eventGroup) (*Difference, error) {
	if doc.ID == "" {
		return &Difference{"conversation " + key, "nothing", fmt.Sprintf("%d events", len(g.docs))}, nil
	}
	var have projection
	if err := decode(conversations, doc, &have); err != nil {
		return nil, err
	}
	want := projectionOf(g.events(), s.rules)
	have.Dirty = nil
	a, b := newDoc(key, &have).Body, newDoc(key, &want).Body
	if bytes.Equal(a, b) {
		return nil, nil
	}
	return &Difference{"conversation " + key, string(a), string(b)}, nil
}

// marks are the versions of all days.
func (s *Store) marks(ctx context.Context) (map[reports.Day]int64, error) {
	docs, err := s.backend.Find(ctx, tallies, Query{})
	if err != nil {
		return nil, err
	}
	m := make(map[reports.Day]int64, len(docs))
	for _, d := range docs {
		m[reports.Day(d.ID)] = d.Version
	}
	return m, nil
}

// verifyDays compares the stored sums that claim to hold. A day that was
// marked since Verify began is not compared.
func (s *Store) verifyDays(ctx context.Context, now time.Time, days map[reports.Day]*reports.DayTally, marks map[reports.Day]int64, v *Verified) error {
	docs, err := s.backend.Find(ctx, tallies, Query{})
	if err != nil {
		return err
	}
	seen := map[reports.Day]bool{}
	for _, doc := range docs {
		day := reports.Day(doc.ID)
		seen[day] = true
		if doc.Version != marks[day] {
			continue
		}
		have, ok, err := openTally(doc, now)
		if err != nil {
			return err
		}
		want := days[day]
		if want == nil {
			want = &reports.DayTally{Day: day}
		}
		if !ok {
			continue
		}
		a, b := newDoc(doc.ID, packTally(&have, 0, 0).Channels).Body, newDoc(doc.ID, packTally(want, 0, 0).Channels).Body
		if !bytes.Equal(a, b) && len(v.Differences) < maxDifferences {
			v.Differences = append(v.Differences, Difference{"day " + doc.ID, string(a), string(b)})
		}
	}
	for day := range days {
		if !seen[day] && len(v.Differences) < maxDifferences {
			v.Differences = append(v.Differences, Difference{"day " + string(day), "never marked", "something happened"})
		}
	}
	return nil
}

// eachConversation reads all events, whole conversations at a time.
func (s *Store) eachConversation(ctx context.Context, f func(keys []string, grouped groups) error) error {
	q := Query{Index: "conversation", From: "", Limit: 10 * projectAtOnce}
	var held []Doc // of the last conversation, which may go on
	for {
		found, err := s.backend.Find(ctx, events, q)
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		docs := append(held, found...)
		if len(docs) == 0 {
			return nil
		}
		grouped, err := groupEvents(docs)
		if err != nil {
			return err
		}
		last := grouped[""]
		var lastKey string
		keys := make([]string, 0, len(grouped))
		for k := range grouped {
			keys = append(keys, k)
			if k > lastKey || last == nil {
				lastKey, last = k, grouped[k]
			}
		}
		slices.Sort(keys)
		held = nil
		ended := len(found) < q.Limit
		if !ended {
			held = last.docs
			keys = keys[:len(keys)-1]
			q.After = Cursor{lastKey, found[len(found)-1].ID}
		}
		if err := f(keys, grouped); err != nil {
			return err
		}
		if ended {
			return nil
		}
	}
}

// Rebuild projects every conversation and marks every day again, under the
// rules that the store was opened with, which become the store's at once: a server
// that has others can write nothing from then on. It runs beside a server that has
// the same rules.
func (s *Store) Rebuild(ctx context.Context, progress func(events int)) error {
	if err := s.changeRules(ctx); err != nil {
		return err
	}
	n := 0
	err := s.eachConversation(ctx, func(keys []string, grouped groups) error {
		for _, g := range grouped {
			n += len(g.docs)
		}
		if progress != nil {
			progress(n)
		}
		return s.backend.Atomically(ctx, func(b Backend) error { return s.project(ctx, b, keys, nil) })
	})
	if err != nil {
		return err
	}
	marks, err := s.marks(ctx)
	if err != nil {
		return err
	}
	days := make([]string, 0, len(marks))
	for d := range marks {
		days = append(days, string(d))
	}
	slices.Sort(days)
	if err := s.backend.Touch(ctx, tallies, days); err != nil {
		return err
	}
	if err := s.rebuilt(ctx); err != nil {
		return err
	}
	return s.replay(ctx)
}

// Sweep finishes what a process that ended left undone: conversations with an
// event that is pending, or with days that may not be marked.
func (s *Store) Sweep(ctx context.Context) (int, error) {
	n := 0
	if err := s.sweepOld(ctx, receipts, "at", receiptsLast); err != nil {
		return n, err
	}
	if err := s.sweepOld(ctx, ticks, "changed", ticksLast); err != nil {
		return n, err
	}
	for {
		left, err := s.unfinished(ctx)
		if err != nil || len(left) == 0 {
			return n, err
		}
		if err := s.backend.Atomically(ctx, func(b Backend) error { return s.project(ctx, b, left, nil) }); err != nil {
			return n, err
		}
		n += len(left)
	}
}

func (s *Store) unfinished(ctx context.Context) ([]string, error) {
	pending, err := s.backend.Find(ctx, events, Query{Index: "pending", Limit: projectAtOnce})
	if err != nil {
		return nil, fmt.Errorf("pending events: %w", err)
	}
	dirty, err := s.backend.Find(ctx, conversations, Query{Index: "dirty", Limit: projectAtOnce})
	if err != nil {
		return nil, fmt.Errorf("dirty conversations: %w", err)
	}
	var keys []string
	for _, d := range pending {
		e, err := decodeEvent(d)
		if err != nil {
			return nil, err
		}
		keys = append(keys, e.Event.ConversationKey())
	}
	for _, d := range dirty {
		keys = append(keys, d.ID)
	}
	return unique(keys), nil
}
