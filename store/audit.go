package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// The audit trail has no documents of its own, so that no change can be without
// its line: decisions on topics are entries of the journal, and everything else
// that people change keeps its history in its own document.

// entryDoc is the document of an entry. A person's decision can be found by when
// it was made and by its topics.
func entryDoc(id string, e *topics.Entry) Doc {
	if e.By == "" {
		return newDoc(id, e)
	}
	seq, _ := strconv.Atoi(id)
	keys := []Key{{"decided", entryID(maxSequence - seq)}}
	about := []int{e.Topic, e.Into, e.From}
	slices.Sort(about)
	for _, topic := range slices.Compact(about) {
		if topic > 0 {
			keys = append(keys, Key{"about", strconv.Itoa(topic)})
		}
	}
	return newDoc(id, e, keys...)
}

// Changes lists what people changed, the latest first: so many of everything, or
// all that concerns a topic. Limit 0 is no limit.
func (s *Store) Changes(ctx context.Context, topic, limit int) ([]reports.Change, error) {
	q := Query{Index: "decided", Limit: limit}
	var numbers []int
	if topic > 0 {
		err := s.ReadTopics(ctx, func(state *topics.State) error {
			numbers = state.Numbers(topic)
			return nil
		})
		if err != nil {
			return nil, err
		}
		q = Query{Index: "about"}
		for _, n := range numbers {
			q.In = append(q.In, strconv.Itoa(n))
		}
	}
	docs, err := s.backend.Find(ctx, journal, q)
	if err != nil {
		return nil, fmt.Errorf("changes: %w", err)
	}
	answers, err := all[reports.Answer](ctx, s, answers)
	if err != nil {
		return nil, err
	}
	list, err := s.decisions(ctx, docs, answers)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if topic == 0 || slices.Contains(numbers, a.Topic) {
			list = append(list, a.Changes()...)
		}
	}
	if topic == 0 {
		subs, err := all[reports.Subscription](ctx, s, subscriptions)
		if err != nil {
			return nil, err
		}
		for _, sub := range subs {
			list = append(list, sub.Changes()...)
		}
		notes, err := all[reports.Annotation](ctx, s, annotations)
		if err != nil {
			return nil, err
		}
		for _, a := range notes {
			list = append(list, a.Changes()...)
		}
	}
	reports.SortChanges(list)
	if limit > 0 {
		list = list[:min(limit, len(list))]
	}
	return list, nil
}

// decisions are the changes that entries of the journal stand for.
func (s *Store) decisions(ctx context.Context, docs []Doc, answers []reports.Answer) ([]reports.Change, error) {
	entries := make([]topics.Entry, len(docs))
	var like []string
	for i, d := range docs {
		if err := decode(journal, d, &entries[i]); err != nil {
			return nil, err
		}
		if key := entries[i].WasLike; key != "" {
			like = append(like, key)
		}
	}
	said, err := s.textsByKey(ctx, s.backend, like)
	if err != nil {
		return nil, err
	}
	var list []reports.Change
	err = s.ReadTopics(ctx, func(state *topics.State) error {
		name := func(number int) string {
			if t, ok := state.Topic(number); ok {
				return t.Name
			}
			return ""
		}
		for _, e := range entries {
			c := reports.Change{At: e.At, By: e.By, Topic: e.Topic, Name: name(e.Topic), Questions: len(e.Questions)}
			switch e.Kind {
			case topics.Renamed:
				c.What, c.Before, c.After = reports.TopicRenamed, e.Was, e.Name
				if e.WasLike != "" {
					c.Before = topics.NameOf(said.of(e.WasLike).Text)
				}
			case topics.Merged:
				c.What, c.Before, c.After = reports.TopicMerged, fmt.Sprint("#", e.Topic), fmt.Sprint("#", e.Into, " ", name(e.Into))
			case topics.Snoozed:
				if c.What = reports.TopicWoken; !e.Until.IsZero() {
					c.What, c.After = reports.TopicSnoozed, e.Until.Format("2006-01-02")
				}
			case topics.Moved:
				c.What, c.Before, c.After = reports.QuestionsMoved, fmt.Sprint("#", e.From, " ", name(e.From)), fmt.Sprint("#", e.Topic, " ", name(e.Topic))
			case topics.Answered:
				c.What = reports.QuestionsAnswered
				if i := slices.IndexFunc(answers, func(a reports.Answer) bool { return a.ID == e.Answer }); i >= 0 {
					c.ID, c.After = e.Answer, answers[i].Question
				}
			case topics.Dismissed:
				c.What, c.After = reports.QuestionsDismissed, e.Reason
			case topics.Reopened:
				c.What = reports.QuestionsReopened
			default:
				continue
			}
			list = append(list, c)
		}
		return nil
	})
	return list, err
}
