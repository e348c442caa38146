package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// groupAtOnce is how many conversations are grouped in one transaction.
const groupAtOnce = 200

// Group puts every question that has not been looked at into a topic, and tells
// the topics what became of conversations: a test, another channel, erased. It
// returns how many questions are new. Progress may be nil.
//
// Any number of processes may do it at the same time, and end anywhere: an entry
// of the journal is a decision for all, and a conversation leaves the queue only
// if it has not changed since it was read.
func (s *Store) Group(ctx context.Context, progress func(questions int)) (int, error) {
	n := 0
	for {
		docs, err := s.backend.Find(ctx, conversations, Query{Index: "ungrouped", Limit: groupAtOnce})
		if err != nil {
			return n, fmt.Errorf("ungrouped conversations: %w", err)
		}
		if len(docs) == 0 {
			return n, nil
		}
		if err := s.understand(ctx, docs); err != nil {
			return n, err
		}
		asked, err := s.groupBatch(ctx, docs)
		n += asked
		if err != nil {
			return n, fmt.Errorf("group questions: %w", err)
		}
		if progress != nil {
			progress(n)
		}
	}
}

// groupBatch groups the questions of some conversations. Who looks at the topics
// waits no longer than this takes.
func (s *Store) groupBatch(ctx context.Context, docs []Doc) (asked int, err error) {
	if err := s.topics.acquire(ctx); err != nil {
		return 0, err
	}
	defer s.topics.release()
	err = s.backend.Atomically(ctx, func(b Backend) error {
		asked, err = s.group(ctx, b, docs)
		return err
	})
	if err != nil {
		s.topics.state = nil // entries may have been rolled back
	}
	return asked, err
}

func (s *Store) group(ctx context.Context, b Backend, docs []Doc) (int, error) {
	if err := s.catchUp(ctx, b); err != nil {
		return 0, err
	}
	keys := make([]string, len(docs))
	facts := make(map[string]*projection, len(docs))
	for i, d := range docs {
		keys[i] = d.ID
		facts[d.ID] = &projection{}
		if err := decode(conversations, d, facts[d.ID]); err != nil {
			return 0, err
		}
	}
	found, err := b.Find(ctx, events, Query{Index: "conversation", In: keys})
	if err != nil {
		return 0, err
	}
	gone, err := s.erasedAmong(ctx, b, keys)
	if err != nil {
		return 0, err
	}
	asked := make([]storedEvent, 0, len(docs))
	said := texts{}
	for _, d := range found {
		e, err := decodeEvent(d)
		if err != nil {
			return 0, err
		}
		if e.Event.Type == reports.Unanswered {
			asked = append(asked, e)
			said[d.ID] = textOf(&e)
		}
	}
	if err := s.addMeanings(ctx, b, said); err != nil {
		return 0, err
	}
	slices.SortStableFunc(asked, func(a, b storedEvent) int { return a.Event.At.Compare(b.Event.At) })

	n, forgotten := 0, []string{}
	before := s.topics.state.LastErased()
	for i := range asked {
		e := &asked[i].Event
		key := e.ConversationKey()
		if gone[key] {
			forgotten = append(forgotten, e.Key())
		}
		isNew, err := s.reconcile(ctx, b, e, &facts[key].Conversation, gone[key], said)
		if err != nil {
			return n, err
		}
		if isNew {
			n++
		}
	}
	if err := s.settle(ctx, b, said); err != nil {
		return n, err
	}
	if len(forgotten) > 0 {
		// Also after an interruption, when the entries are there already.
		if err := b.Delete(ctx, meanings, forgotten); err != nil {
			return n, err
		}
		if err := s.dropSnapshots(ctx, b, s.topics.state.LastErased()); err != nil {
			return n, err
		}
	}
	if s.topics.state.LastErased() > before {
		s.topics.state = nil // made anew, without what is to be forgotten
		if err := s.catchUp(ctx, b); err != nil {
			return n, err
		}
		s.topics.state.Settle(s.now())
	}
	if err := s.saveSnapshot(ctx, b); err != nil {
		return n, err
	}
	return n, b.Unset(ctx, conversations, "ungrouped", docs)
}

// reconcile writes to the journal whatever it does not say yet about a question
// of a conversation, and reports whether the question is new.
func (s *Store) reconcile(ctx context.Context, b Backend, e *reports.Event, c *reports.Conversation, gone bool, said texts) (isNew bool, err error) {
	for {
		if err := s.settle(ctx, b, said); err != nil {
			return false, err
		}
		state := s.topics.state
		q, known := state.Question(e.Key())
		channel := channelOf(c, e)
		now := s.now().UTC()
		var entry topics.Entry
		switch {
		case known && !q.Counts(), !known && !gone && !c.Test && e.Question == "":
			return false, nil
		case !known && !gone && !c.Test:
			entry = state.Ask(topics.Question{
				Key: e.Key(), Conversation: e.ConversationKey(), Asked: e.At, Channel: channel, Inferred: e.Inferred,
			}, said.of(e.Key()), e.Topic, now)
		case gone:
			// Also where nobody has asked it yet: whoever is about to, with facts
			// from before, loses to this entry.
			entry = topics.Entry{Kind: topics.Erased, At: now, Questions: []string{e.Key()}}
		case c.Test:
			entry = topics.Entry{Kind: topics.Withdrawn, At: now, Questions: []string{e.Key()}}
		case q.Channel != channel:
			// Somebody may have seen later facts than these.
			if c, err = s.facts(ctx, b, e.ConversationKey()); err != nil || channelOf(c, e) == q.Channel {
				return false, err
			}
			entry = topics.Entry{Kind: topics.Changed, At: now, Questions: []string{q.Key}, Channel: channelOf(c, e)}
		default:
			return false, nil
		}
		ok, err := s.append(ctx, b, entry, said)
		if err != nil {
			return false, err
		}
		if ok {
			return entry.Kind == topics.Asked, s.settle(ctx, b, said)
		}
		if err := s.catchUp(ctx, b); err != nil {
			return false, err
		}
	}
}

// channelOf is the channel in which a question was asked.
func channelOf(c *reports.Conversation, e *reports.Event) string {
	if in := c.SessionOf(e); in != nil {
		return in.Channel
	}
	return cmp.Or(e.Channel, reports.UnknownChannel)
}

// facts are those of a conversation as they are now.
func (s *Store) facts(ctx context.Context, b Backend, key string) (*reports.Conversation, error) {
	var p projection
	_, err := s.on(b).get(ctx, conversations, key, &p)
	return &p.Conversation, err
}

// settle makes the merges that are due, before anything else is decided.
func (s *Store) settle(ctx context.Context, b Backend, said texts) error {
	for {
		entry, due := s.topics.state.Settle(s.now().UTC())
		if !due {
			return nil
		}
		ok, err := s.append(ctx, b, entry, said)
		if err != nil {
			return err
		}
		if !ok {
			if err := s.catchUp(ctx, b); err != nil {
				return err
			}
		}
	}
}
