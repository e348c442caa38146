package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"agentreport/reports"
)

// Record stores events that are valid and projects their conversations. When
// it returns without an error everything is durable and every report includes
// it; after an error any part of it may have happened, and the same events can
// be recorded again.
//
// It is safe at every instruction, with any number of writers, by the order of its
// steps (docs/decisions/0003): insert with a mark, then project (see project) and
// take the mark away.
func (s *Store) Record(ctx context.Context, batch []reports.Event) (reports.Recorded, error) {
	var rec reports.Recorded
	err := s.backend.Atomically(ctx, func(b Backend) error {
		inserted, differing, err := s.record(ctx, b, batch)
		rec = reports.Recorded{Differing: differing}
		for _, ok := range inserted {
			if ok {
				rec.Accepted++
			}
		}
		return err
	})
	if err != nil {
		return reports.Recorded{}, fmt.Errorf("record %d events: %w", len(batch), err)
	}
	rec.Duplicates = len(batch) - rec.Accepted
	return rec, nil
}

// record says of each event whether it was inserted, and how many were there with other
// contents.
func (s *Store) record(ctx context.Context, b Backend, batch []reports.Event) (inserted []bool, differing int, err error) {
	keys := make([]string, len(batch))
	for i := range batch {
		keys[i] = batch[i].ConversationKey()
	}
	gone, err := s.erasedAmong(ctx, b, unique(keys))
	if err != nil {
		return nil, 0, err
	}
	docs := make([]Doc, len(batch))
	for i := range batch {
		e := &batch[i]
		if gone[keys[i]] {
			stripped := e.Stripped()
			e = &stripped
		}
		docs[i] = eventDoc(e, !b.Atomic())
	}
	inserted, err = b.Insert(ctx, events, docs)
	if err != nil {
		return nil, 0, err
	}

	var touched []string
	var again []Doc
	fresh := groups{}
	for i := range docs {
		if inserted[i] {
			touched = append(touched, keys[i])
			if b.Atomic() && !gone[keys[i]] {
				fresh.add(keys[i], docs[i], batch[i])
			}
		} else {
			again = append(again, docs[i])
		}
	}
	if len(again) > 0 {
		stored, err := s.storedAmong(ctx, b, again)
		if err != nil {
			return nil, 0, err
		}
		if differing, err = differ(again, stored); err != nil {
			return nil, 0, err
		}
		if !b.Atomic() {
			// A duplicate may be of an event that was stored by somebody who has
			// not finished, or never will.
			unfinished, err := s.pendingAmong(ctx, b, stored)
			if err != nil {
				return nil, 0, err
			}
			touched = append(touched, unfinished...)
		}
	}
	return inserted, differing, s.project(ctx, b, unique(touched), fresh)
}

// storedAmong are the stored documents of some events, by their ids.
func (s *Store) storedAmong(ctx context.Context, b Backend, docs []Doc) (map[string]Doc, error) {
	ids := make([]string, len(docs))
	for i := range docs {
		ids[i] = docs[i].ID
	}
	list, err := b.Get(ctx, events, unique(ids))
	if err != nil {
		return nil, err
	}
	stored := make(map[string]Doc, len(list))
	for _, d := range list {
		stored[d.ID] = d
	}
	return stored, nil
}

// differ counts the events whose stored copy has other contents. One that was stripped
// since is compared without what was taken from it.
func differ(docs []Doc, stored map[string]Doc) (int, error) {
	n := 0
	for _, d := range docs {
		was, ok := stored[d.ID]
		if !ok || bytes.Equal(was.Body, d.Body) {
			continue
		}
		first, err := decodeEvent(was)
		if err != nil {
			return 0, err
		}
		second, err := decodeEvent(d)
		if err != nil {
			return 0, err
		}
		if first.Event.IsStripped() {
			second.Event = second.Event.Stripped()
		}
		if !bytes.Equal(eventDoc(&first.Event, false).Body, eventDoc(&second.Event, false).Body) {
			n++
		}
	}
	return n, nil
}

// pendingAmong are the conversations of stored events that are pending.
func (s *Store) pendingAmong(ctx context.Context, b Backend, stored map[string]Doc) ([]string, error) {
	var keys []string
	for _, d := range stored {
		e, err := decodeEvent(d)
		if err != nil {
			return nil, err
		}
		keys = append(keys, e.Event.ConversationKey())
	}
	pending, err := b.Find(ctx, events, Query{Index: "pending", In: unique(keys)})
	if err != nil {
		return nil, err
	}
	keys = nil
	for _, d := range pending {
		e, err := decodeEvent(d)
		if err != nil {
			return nil, err
		}
		keys = append(keys, e.Event.ConversationKey())
	}
	return keys, nil
}

// storedEvent is an event's document. Its key "pending" is set until the
// event's conversation is projected.
type storedEvent struct {
	Event reports.Event `json:"event"`
	// Unknown is the event's unknown fields as JSON text: names from outside
	// are never the names of a document.
	Unknown string `json:"unknown,omitzero"`
}

func decodeEvent(d Doc) (storedEvent, error) {
	var e storedEvent
	if err := decode(events, d, &e); err != nil || e.Unknown == "" {
		return e, err
	}
	if err := json.Unmarshal([]byte(e.Unknown), &e.Event.Unknown); err != nil {
		return e, fmt.Errorf("event %s: unknown fields are damaged: %w", d.ID, err)
	}
	e.Unknown = ""
	return e, nil
}

// notedLayout sorts as the times do.
const notedLayout = "2006-01-02T15:04:05.000Z"

func notedKey(t reports.EventType, at time.Time) string {
	return string(t) + " " + at.UTC().Format(notedLayout)
}

func eventDoc(e *reports.Event, pending bool) Doc {
	key := e.ConversationKey()
	keys := make([]Key, 1, 2)
	keys[0] = Key{"conversation", key}
	if e.Type == reports.Unanswered && e.Question != "" || e.Type == reports.Feedback && e.Comment != "" {
		keys = append(keys, Key{"noted", notedKey(e.Type, e.At)})
	}
	if pending {
		keys = append(keys, Key{"pending", key})
	}
	stored := storedEvent{Event: *e}
	if len(e.Unknown) > 0 {
		stored.Event.Unknown = nil
		stored.Unknown = string(newDoc("", e.Unknown).Body)
	}
	return newDoc(e.Key(), &stored, keys...)
}

// unique is the distinct strings, sorted.
func unique(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}
