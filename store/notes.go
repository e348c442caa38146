package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// Notes returns what was asked and not answered (reports.Unanswered), or what
// visitors wrote with their rating (reports.Feedback), in the days of a range, in order of
// time. Test conversations are left out, and other channels where one is given.
func (s *Store) Notes(ctx context.Context, kind reports.EventType, r reports.Range, channel string) ([]reports.Note, error) {
	from, to := r.From.Start(s.rules.Zone), r.To.Start(s.rules.Zone)
	docs, err := s.backend.Find(ctx, events, Query{Index: "noted", From: notedKey(kind, from), To: notedKey(kind, to)})
	if err != nil {
		return nil, fmt.Errorf("%s events: %w", kind, err)
	}
	stored := make([]storedEvent, len(docs))
	keys := make([]string, len(docs))
	for i, d := range docs {
		if stored[i], err = decodeEvent(d); err != nil {
			return nil, err
		}
		keys[i] = stored[i].Event.ConversationKey()
	}
	found, err := s.backend.Get(ctx, conversations, unique(keys))
	if err != nil {
		return nil, fmt.Errorf("%s events: %w", kind, err)
	}
	facts := make(map[string]*reports.Conversation, len(found))
	for _, d := range found {
		var p projection
		if err := decode(conversations, d, &p); err != nil {
			return nil, err
		}
		facts[d.ID] = &p.Conversation
	}
	grouped := make(map[string]reports.NoteTopic, len(docs))
	if kind == reports.Unanswered {
		if err := s.topicsOf(ctx, docs, channel, grouped); err != nil {
			return nil, err
		}
	}
	var notes []reports.Note
	for i := range stored {
		e, c := &stored[i].Event, facts[keys[i]]
		if c == nil || c.Test {
			continue
		}
		in := c.SessionOf(e)
		if in == nil || channel != "" && in.Channel != channel {
			continue
		}
		text := e.Question
		if kind == reports.Feedback {
			text = e.Comment
		}
		notes = append(notes, reports.Note{
			Conversation: keys[i], Text: text, Topic: grouped[e.Key()], At: e.At, Channel: in.Channel, Rating: e.Satisfaction(), URL: cmp.Or(e.URL, in.URL), HandedOff: in.HandedOff(), Inferred: e.IsInferred(),
		})
	}
	return notes, nil
}

// topicsOf looks up the topics of unanswered questions, and when a channel asked them.
func (s *Store) topicsOf(ctx context.Context, docs []Doc, channel string, found map[string]reports.NoteTopic) error {
	if _, err := s.Group(ctx, nil); err != nil {
		return err
	}
	written, err := s.Answers(ctx)
	if err != nil {
		return err
	}
	return s.ReadTopics(ctx, func(state *topics.State) error {
		known := map[int]reports.NoteTopic{}
		for _, d := range docs {
			q, ok := state.Question(d.ID)
			if !ok || !q.Counts() {
				continue
			}
			t, _ := state.Topic(q.Topic)
			n, ok := known[t.Number]
			if !ok {
				n = reports.NoteTopic{Number: t.Number, Name: t.Name, SettledAt: state.SettledAt(t.Number)}
				for _, q := range state.Asked(t.Number) {
					if channel == "" || q.Channel == channel {
						n.Asked = append(n.Asked, reports.Ask{At: q.Asked, Conversation: q.Conversation, Inferred: q.Inferred})
					}
				}
				numbers := state.Numbers(t.Number)
				n.Answered = slices.ContainsFunc(written, func(a reports.Answer) bool { return slices.Contains(numbers, a.Topic) })
				known[t.Number] = n
			}
			n.Settled = q.Status != topics.StatusOpen || state.Status(t, s.now()) != topics.StatusOpen
			found[d.ID] = n
		}
		return nil
	})
}
