package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// erasedAmong reports which of the conversations were erased.
func (s *Store) erasedAmong(ctx context.Context, b Backend, keys []string) (map[string]bool, error) {
	any, err := b.Find(ctx, erased, Query{Limit: 1}) // most stores have none
	if err != nil || len(any) == 0 {
		return nil, err
	}
	docs, err := b.Get(ctx, erased, keys)
	if err != nil {
		return nil, err
	}
	gone := make(map[string]bool, len(docs))
	for _, d := range docs {
		gone[d.ID] = true
	}
	return gone, nil
}

// allText is the cutoff of an erasure: everything goes.
const allText = reports.Day("9999-12-31")

// isStrippable reports an event of which retention would strip something by its
// age alone. How long a question stays depends on when it was answered or
// dismissed, see retainQuestions.
func isStrippable(e *reports.Event) bool {
	return e.Type != reports.Unanswered && !e.IsStripped()
}

// stripStored strips the stored events of a conversation that happened before
// a day, and reports whether there were any. They are pending then: the
// conversation is to be folded again, also if this process ends here.
func (s *Store) stripStored(ctx context.Context, b Backend, g *eventGroup, before reports.Day) (bool, error) {
	var docs []Doc
	for i := range g.stored {
		e := &g.stored[i].Event
		if e.IsStripped() || before != allText && (!isStrippable(e) || reports.DayOf(e.At, time.UTC) >= before) {
			continue
		}
		stripped := e.Stripped()
		doc := eventDoc(&stripped, !b.Atomic())
		doc.Version = g.docs[i].Version
		docs = append(docs, doc)
	}
	_, err := b.Swap(ctx, events, docs)
	return len(docs) > 0, err
}

// EraseVisitor strips every conversation in which a visitor took part, of one
// source or, where source is empty, of all, and whatever else arrives for them.
func (s *Store) EraseVisitor(ctx context.Context, source, visitor string) (reports.Erased, error) {
	docs, err := s.backend.Find(ctx, conversations, Query{Index: "visitor", In: []string{visitor}})
	if err != nil {
		return reports.Erased{}, err
	}
	var keys []string
	for _, d := range docs {
		var p projection
		if err := decode(conversations, d, &p); err != nil {
			return reports.Erased{}, err
		}
		if source == "" || p.Source == source {
			keys = append(keys, d.ID)
		}
	}
	return s.erase(ctx, keys)
}

// EraseConversation strips a conversation and whatever else arrives for it. An
// empty source means every source that has a conversation of that id.
func (s *Store) EraseConversation(ctx context.Context, source, id string) (reports.Erased, error) {
	keys, err := s.conversationKeys(ctx, source, id)
	if err != nil {
		return reports.Erased{}, err
	}
	docs, err := s.backend.Get(ctx, conversations, keys)
	if err != nil {
		return reports.Erased{}, err
	}
	keys = nil
	for _, d := range docs {
		keys = append(keys, d.ID)
	}
	return s.erase(ctx, keys)
}

func (s *Store) erase(ctx context.Context, keys []string) (reports.Erased, error) {
	out := reports.Erased{Conversations: append([]string{}, keys...), Messages: []reports.QuotedIn{}}
	asked, err := s.askedIn(ctx, keys)
	if err != nil {
		return out, err
	}
	if err := s.forgetInJournal(ctx, asked); err != nil {
		return out, err
	}
	for chunk := range slices.Chunk(keys, projectAtOnce) {
		docs := make([]Doc, len(chunk))
		for i, key := range chunk {
			docs[i] = newDoc(key, struct {
				At time.Time `json:"at"`
			}{s.now().UTC()})
		}
		// First the mark, then the work: what arrives from now on is stripped.
		if _, err := s.backend.Insert(ctx, erased, docs); err != nil {
			return out, err
		}
		err := s.backend.Atomically(ctx, func(b Backend) error { return s.project(ctx, b, chunk, nil) })
		if err != nil {
			return out, err
		}
		quoting, err := s.backend.Find(ctx, deliveries, Query{Index: "quoted", In: chunk})
		if err != nil {
			return out, err
		}
		for _, d := range quoting {
			var del reports.Delivery
			if err := decode(deliveries, d, &del); err != nil {
				return out, err
			}
			if m := (reports.QuotedIn{Channel: del.Channel, TS: del.TS, Week: del.Week}); del.TS != "" && !slices.Contains(out.Messages, m) {
				out.Messages = append(out.Messages, m)
			}
		}
	}
	if len(keys) == 0 {
		return out, nil
	}
	if _, err := s.Group(ctx, nil); err != nil { // the topics forget them too
		return out, err
	}
	if err := s.forgetInAnswers(ctx, asked); err != nil {
		return out, err
	}
	return out, s.backend.Scrub(ctx)
}

// askedIn are the questions of conversations that could not be answered, in the
// forms in which an answer may have taken them over.
func (s *Store) askedIn(ctx context.Context, keys []string) (map[string]bool, error) {
	asked := map[string]bool{}
	for chunk := range slices.Chunk(keys, projectAtOnce) {
		docs, err := s.backend.Find(ctx, events, Query{Index: "conversation", In: chunk})
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			e, err := decodeEvent(d)
			if err != nil {
				return nil, err
			}
			if q := e.Event.Question; q != "" {
				asked[reports.NormaliseQuestion(q)] = true
				asked[reports.NormaliseQuestion(topics.NameOf(q))] = true
			}
		}
	}
	return asked, nil
}

// forgetInAnswers replaces questions that answers took over from what is erased
// by what their topic is called now.
func (s *Store) forgetInAnswers(ctx context.Context, asked map[string]bool) error {
	list, err := all[reports.Answer](ctx, s, answers) // deleted ones too
	if err != nil {
		return err
	}
	takenOver := func(question *string) bool { return asked[reports.NormaliseQuestion(*question)] }
	for _, a := range list {
		if !slices.ContainsFunc(questionsOf(&a), takenOver) {
			continue
		}
		name := "…"
		err := s.ReadTopics(ctx, func(state *topics.State) error {
			if t, ok := state.Topic(a.Topic); ok && t.Name != "" {
				name = t.Name
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = update(ctx, s, answers, a.ID, func(a *reports.Answer) error {
			for _, question := range questionsOf(a) {
				if takenOver(question) {
					*question = name
				}
			}
			return nil
		}, answerKeys)
		if err != nil && !errors.Is(err, reports.ErrNotFound) {
			return err
		}
	}
	return nil
}

// forgetInJournal takes questions out of what people typed when they decided on
// topics: a name that is the question's, a reason that quotes it. The Erased entry
// that follows has every process read the journal anew.
func (s *Store) forgetInJournal(ctx context.Context, asked map[string]bool) error {
	if len(asked) == 0 {
		return nil
	}
	quotes := func(text string) bool {
		said := reports.NormaliseQuestion(text)
		if asked[said] {
			return said != ""
		}
		for q := range asked {
			if len(q) >= minQuoted && strings.Contains(said, q) {
				return true
			}
		}
		return false
	}
	docs, err := s.backend.Find(ctx, journal, Query{Index: "decided"})
	if err != nil {
		return err
	}
	for _, d := range docs {
		var e topics.Entry
		if err := decode(journal, d, &e); err != nil {
			return err
		}
		changed := false
		for _, text := range []*string{&e.Name, &e.Was, &e.Reason} {
			if *text != "" && quotes(*text) {
				*text, changed = "…", true
			}
		}
		if !changed {
			continue
		}
		next := entryDoc(d.ID, &e)
		next.Version = d.Version
		if _, err := s.backend.Swap(ctx, journal, []Doc{next}); err != nil {
			return err
		}
	}
	return nil
}

// minQuoted is the length in bytes from which a question within a longer text is
// a quotation.
const minQuoted = 12

// questionsOf are the question of an answer and those that it had before.
func questionsOf(a *reports.Answer) []*string {
	list := []*string{&a.Question}
	for i := range a.History {
		list = append(list, &a.History[i].Question)
	}
	return list
}

// Retain strips what people wrote in events before a day, UTC. A question that
// the agent could not answer goes if it was answered or dismissed before that
// day, and stays as long as it is open. It returns how many conversations it
// stripped.
func (s *Store) Retain(ctx context.Context, before reports.Day) (int, error) {
	n := 0
	for {
		docs, err := s.backend.Find(ctx, conversations, Query{Index: "strippable", From: "0", To: string(before), Limit: projectAtOnce})
		if err != nil {
			return n, err
		}
		if len(docs) == 0 {
			stripped, err := s.retainQuestions(ctx, before)
			return n + stripped, err
		}
		keys := make([]string, len(docs))
		for i, d := range docs {
			keys[i] = d.ID
		}
		err = s.backend.Atomically(ctx, func(b Backend) error {
			found, err := b.Find(ctx, events, Query{Index: "conversation", In: keys})
			if err != nil {
				return err
			}
			grouped, err := groupEvents(found)
			if err != nil {
				return err
			}
			for _, g := range grouped {
				if _, err := s.stripStored(ctx, b, g, before); err != nil {
					return err
				}
			}
			return s.project(ctx, b, keys, nil)
		})
		if err != nil {
			return n, err
		}
		n += len(keys)
	}
}

// retainQuestions strips the questions that were answered or dismissed before a
// day.
func (s *Store) retainQuestions(ctx context.Context, before reports.Day) (int, error) {
	var settled []string
	err := s.ReadTopics(ctx, func(state *topics.State) error {
		settled = state.Strippable(before.Start(time.UTC))
		return nil
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for chunk := range slices.Chunk(settled, projectAtOnce) {
		err := s.backend.Atomically(ctx, func(b Backend) error {
			docs, err := b.Get(ctx, events, chunk)
			if err != nil {
				return err
			}
			grouped, err := groupEvents(docs)
			if err != nil {
				return err
			}
			keys := make([]string, 0, len(grouped))
			for key, g := range grouped {
				if _, err := s.stripStored(ctx, b, g, allText); err != nil {
					return err
				}
				keys = append(keys, key)
			}
			n += len(keys)
			if err := b.Delete(ctx, meanings, chunk); err != nil {
				return err
			}
			return s.project(ctx, b, unique(keys), nil)
		})
		if err != nil {
			return n, err
		}
		// Only now: what the journal calls stripped is not looked at again.
		err = s.Decide(ctx, func(*topics.State) (topics.Entry, error) {
			return topics.Entry{Kind: topics.Stripped, Questions: chunk}, nil
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
