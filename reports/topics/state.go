package topics

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"agentreport/reports"
)

// State is what a journal says: every topic, its questions and what became of
// them. It changes by Apply alone, so two states that applied the same entries
// are the same. It is not safe for concurrent use.
type State struct {
	grouper   *Grouper
	applied   int // entries
	topics    []*Topic
	questions map[string]*Question
	order     []*Question     // as they came
	threads   map[string]int  // the number of each conversation
	gone      map[string]bool // questions that were withdrawn or erased before they were asked here
	erased    int             // the sequence number of the last Erased entry
	done      map[string]bool // the ids of decisions that were made
	given     map[string]int
	touched   *touched
}

// touched is a topic that just got a question: whether it is to merge with
// another is decided before anything else.
type touched struct {
	topic  int
	vector vector
}

// Topic is a group of questions.
type Topic struct {
	Number    int
	Name      string
	Source    string // the topic of the source's own that it stands for
	Named     bool   // named by a person
	Until     time.Time
	like      string // the key of the question that it is named after
	vector    vector // of that question; nil until it is needed
	questions []*Question
	into      int // the topic that it became part of, else its own number
}

// NewState returns the state of an empty journal.
func NewState() *State {
	return &State{grouper: NewGrouper(), questions: map[string]*Question{}, threads: map[string]int{}, gone: map[string]bool{}, done: map[string]bool{}, given: map[string]int{}}
}

// Group groups questions, in their order, without a journal. Each has its index
// for its key. It returns an error only if ctx ends.
func Group(ctx context.Context, questions []Text) (*State, error) {
	s := NewState()
	return s, s.group(ctx, 0, questions)
}

// group groups the questions from an index on.
func (s *State) group(ctx context.Context, from int, questions []Text) error {
	apply := func(e Entry) {
		err := s.Apply(e, func(key string) Text {
			i, _ := strconv.Atoi(key)
			return questions[i]
		})
		if err != nil {
			panic(err) // an entry of its own making
		}
	}
	for i := from; i < len(questions); i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := strconv.Itoa(i)
		apply(s.Ask(Question{Key: key, Conversation: key}, questions[i], "", time.Time{}))
		for {
			e, due := s.Settle(time.Time{})
			if !due {
				break
			}
			apply(e)
		}
	}
	return nil
}

// Applied is the number of entries applied: the sequence number of the last.
func (s *State) Applied() int { return s.applied }

// Len is the number of questions.
func (s *State) Len() int { return len(s.questions) }

// Next is the number of the topic that would be opened next.
func (s *State) Next() int { return len(s.topics) + 1 }

// Topics is the number of topics.
func (s *State) Topics() int { return s.grouper.alive }

// Done reports whether a decision of an id was made: the same form sent twice
// is one decision.
func (s *State) Done(id string) bool { return s.done[id] }

// LastErased is the sequence number of the last Erased entry, or 0.
func (s *State) LastErased() int { return s.erased }

// Question is a question by its event's key. One that was withdrawn or erased
// before it was ever in a topic is known too.
func (s *State) Question(key string) (Question, bool) {
	q := s.questions[key]
	if q == nil {
		return Question{Key: key, Status: statusWithdrawn}, s.gone[key]
	}
	found := *q
	found.Topic = s.resolve(q.Topic)
	return found, true
}

// Counts reports whether a question is shown at all: one of a test or of an
// erased conversation is not.
func (q *Question) Counts() bool { return q.Status != statusWithdrawn }

// Topic is a topic by its number or by that of one that became part of it.
func (s *State) Topic(number int) (*Topic, bool) {
	if number < 1 || number > len(s.topics) {
		return nil, false
	}
	return s.topic(number), true
}

func (s *State) topic(number int) *Topic { return s.topics[s.resolve(number)-1] }

func (s *State) resolve(number int) int { return s.grouper.resolve(number-1) + 1 }

// Settle returns the decision that is still due for the question that came
// last, if any: its topic merges with another.
func (s *State) Settle(now time.Time) (Entry, bool) {
	if s.touched == nil {
		return Entry{}, false
	}
	t := s.resolve(s.touched.topic) - 1
	o := s.grouper.merging(s.touched.vector, t)
	if o < 0 {
		s.touched = nil
		return Entry{}, false
	}
	return Entry{Kind: Merged, At: now, Topic: max(t, o) + 1, Into: min(t, o) + 1}, true
}

// Ask decides on the topic of a question that is new. Everything that Settle
// has to say is to be applied before.
func (s *State) Ask(q Question, text Text, given string, now time.Time) Entry {
	e := Entry{Kind: Asked, At: now, Question: &q}
	if given = reports.Mask(reports.Clean(given)); given != "" {
		e.Name = given
		if e.Topic = s.given[normal(given)]; e.Topic == 0 {
			e.Topic = len(s.topics) + 1
		}
		return e
	}
	v := s.grouper.vector(text)
	t := s.grouper.nearest(v)
	if t < 0 {
		e.Topic, e.Names = len(s.topics)+1, true
		return e
	}
	e.Topic = t + 1
	e.Names = s.isBetterName(v, text.Text, s.topics[t])
	return e
}

// Completed is a person's decision together with what it changes, for the audit
// trail.
func (s *State) Completed(e Entry) Entry {
	if len(e.Questions) > 0 && s.questions[e.Questions[0]] != nil {
		topic := s.resolve(s.questions[e.Questions[0]].Topic)
		if e.Kind == Moved {
			e.From = topic
		} else if e.Topic == 0 {
			e.Topic = topic
		}
	}
	if t, ok := s.Topic(e.Topic); ok && e.Kind == Renamed {
		if e.Was = t.Name; t.like != "" {
			e.Was, e.WasLike = "", t.like
		}
	}
	return e
}

// Numbers are a topic's number and those of the topics that became part of it.
func (s *State) Numbers(topic int) []int {
	var list []int
	for n := range s.topics {
		if s.resolve(n+1) == s.resolve(topic) {
			list = append(list, n+1)
		}
	}
	return list
}

// ErrNoTopic says that no topic has a number. It wraps reports.ErrNotFound.
var ErrNoTopic = fmt.Errorf("there is no such topic: %w", reports.ErrNotFound)

// Check reports why an entry cannot be the next one. It wraps ErrNoTopic where a topic is named that there is not.
func (s *State) Check(e Entry) error {
	opens := e.Kind == Asked || e.Kind == Moved
	switch e.Kind {
	case Asked:
		switch {
		case e.Question == nil:
			return fmt.Errorf("%s: there is no question", e.Kind)
		case s.questions[e.Question.Key] != nil || s.gone[e.Question.Key]:
			return fmt.Errorf("question %s was asked before", e.Question.Key)
		}
	case Merged:
		if !s.has(e.Into, false) {
			return fmt.Errorf("topic %d: %w", e.Into, ErrNoTopic)
		}
		if s.has(e.Topic, false) && s.topic(e.Topic) == s.topic(e.Into) {
			return fmt.Errorf("topic %d is part of topic %d already", e.Topic, e.Into)
		}
	case Renamed, Moved, Snoozed, Answered, Dismissed, Reopened, Changed, Withdrawn, Stripped, Erased:
	default:
		return fmt.Errorf("%q is not known to this version: run the newest version everywhere", e.Kind)
	}
	if needsTopic := opens || e.Kind == Merged || e.Kind == Renamed || e.Kind == Snoozed; needsTopic && !s.has(e.Topic, opens) {
		return fmt.Errorf("topic %d: %w", e.Topic, ErrNoTopic)
	}
	for _, key := range e.Questions {
		if s.questions[key] == nil && e.Kind != Withdrawn && e.Kind != Erased {
			return fmt.Errorf("there is no question %s", key)
		}
	}
	return nil
}

// has reports whether there is a topic of a number, or whether it is the next.
func (s *State) has(number int, orNext bool) bool {
	return number >= 1 && (number <= len(s.topics) || orNext && number == len(s.topics)+1)
}

// Apply applies the next entry of the journal. Text is what was asked, as long
// as it is kept; it is called for the questions of Asked and Moved entries.
func (s *State) Apply(e Entry, text func(key string) Text) error {
	if err := s.Check(e); err != nil {
		return fmt.Errorf("entry %d of the topics' journal: %w", s.applied+1, err)
	}
	s.applied++
	if e.ID != "" {
		s.done[e.ID] = true
	}
	since := Since{e.At, e.By, e.Answer, e.Reason}
	switch e.Kind {
	case Asked:
		s.ask(e, text)
	case Merged:
		s.merge(s.topic(e.Into), s.topic(e.Topic))
	case Renamed:
		t := s.topic(e.Topic)
		t.Name, t.Named, t.like, t.vector = e.Name, true, "", nil
		s.grouper.centroid[t.Number-1].named = true
	case Moved:
		s.move(e, text)
	case Snoozed:
		s.topic(e.Topic).Until = e.Until
	case Answered:
		s.each(e, func(q *Question) { q.Status, q.Since, q.settled = StatusAnswered, since, s.applied })
	case Dismissed:
		s.each(e, func(q *Question) { q.Status, q.Since, q.settled = StatusDismissed, since, s.applied })
	case Reopened:
		s.each(e, func(q *Question) { q.Status, q.Since = StatusOpen, since })
	case Withdrawn:
		s.each(e, func(q *Question) { q.Status, q.Since = statusWithdrawn, since })
	case Changed:
		s.each(e, func(q *Question) { q.Channel = e.Channel })
	case Stripped:
		s.each(e, s.strip)
	case Erased:
		s.erased = s.applied
		s.each(e, s.forget)
	}
	return nil
}

func (s *State) each(e Entry, f func(*Question)) {
	for _, key := range e.Questions {
		if q := s.questions[key]; q != nil {
			f(q)
		} else {
			s.gone[key] = true
		}
	}
}

func (s *State) ask(e Entry, text func(string) Text) {
	q := *e.Question
	q.Status, q.asked = StatusOpen, s.applied
	s.remember(&q)
	t := s.openUpTo(e.Topic)
	if e.Name != "" && len(t.questions) == 0 && t.Source == "" {
		t.Name, t.Source = e.Name, e.Name
		s.given[normal(e.Name)] = t.Number
		s.grouper.centroid[t.Number-1].closed = true
	}
	q.Topic = t.Number
	t.questions = append(t.questions, &q)
	s.touched = nil
	if e.Name != "" {
		return
	}
	said := text(q.Key)
	v := s.grouper.vector(said)
	s.grouper.hear(said.Text)
	s.grouper.add(v, t.Number-1)
	q.counted = true
	if e.Names || t.Name == "" && !t.Named {
		t.Name, t.like, t.vector = NameOf(said.Text), q.Key, v
	}
	s.touched = &touched{t.Number, v}
}

// remember keeps a question that is new.
func (s *State) remember(q *Question) {
	thread, known := s.threads[q.Conversation]
	if !known {
		thread = len(s.threads)
		s.threads[q.Conversation] = thread
	}
	q.Number, q.thread = len(s.order), thread
	s.questions[q.Key] = q
	s.order = append(s.order, q)
}

// openUpTo is the topic of a number, made where it is the next.
func (s *State) openUpTo(number int) *Topic {
	if number == len(s.topics)+1 {
		s.grouper.open()
		s.topics = append(s.topics, &Topic{Number: number, into: number})
	}
	return s.topic(number)
}

func (s *State) merge(older, younger *Topic) {
	if older.Number > younger.Number {
		older, younger = younger, older
	}
	s.grouper.join(older.Number-1, younger.Number-1)
	if younger.Named && !older.Named || older.Name == "" {
		older.Name, older.Named, older.like, older.vector = younger.Name, younger.Named, younger.like, younger.vector
	}
	if younger.Until.After(older.Until) {
		older.Until = younger.Until
	}
	if younger.Source != "" {
		s.given[normal(younger.Source)] = older.Number
	}
	for _, q := range younger.questions {
		q.Topic = older.Number
	}
	older.questions = append(older.questions, younger.questions...)
	slices.SortFunc(older.questions, func(a, b *Question) int { return a.Number - b.Number })
	younger.questions, younger.vector, younger.into = nil, nil, older.Number
}

// move takes questions to another topic, which they will never leave by
// themselves: their old topic and the new one stay apart.
func (s *State) move(e Entry, text func(string) Text) {
	to := s.openUpTo(e.Topic)
	if e.Name != "" {
		to.Name, to.Named = e.Name, true
		s.grouper.centroid[to.Number-1].named = true
	}
	for _, key := range e.Questions {
		q := s.questions[key]
		from := s.topic(q.Topic)
		if from == to {
			continue
		}
		from.questions = slices.DeleteFunc(from.questions, func(x *Question) bool { return x == q })
		at, _ := slices.BinarySearchFunc(to.questions, q.Number, func(x *Question, n int) int { return x.Number - n })
		to.questions = slices.Insert(to.questions, at, q)
		q.Topic = to.Number
		s.grouper.setApart(from.Number-1, to.Number-1)
		v := s.grouper.vector(text(key))
		if q.counted {
			s.grouper.take(v, from.Number-1)
		}
		s.grouper.add(v, to.Number-1)
		q.counted = true
		if from.like == q.Key {
			s.renameAfterLatest(from)
		}
		if to.Name == "" {
			to.like, to.vector = q.Key, nil
		}
	}
}

// forget takes a question out of sight for good.
func (s *State) forget(q *Question) {
	q.Status, q.Since = statusWithdrawn, Since{}
	s.strip(q)
}

// strip notes that a question's text is not kept any more, not even as a name.
func (s *State) strip(q *Question) {
	q.stripped = true
	if t := s.topic(q.Topic); t.like == q.Key {
		s.renameAfterLatest(t)
	}
}

// renameAfterLatest names a topic after the last of its questions whose text is
// kept, because the one that it was named after is gone. Without one it has no
// name.
func (s *State) renameAfterLatest(t *Topic) {
	t.Name, t.like, t.vector = "", "", nil
	for _, q := range slices.Backward(t.questions) {
		if q.Counts() && !q.stripped {
			t.like = q.Key
			return
		}
	}
}

// Unnamed are the questions after which topics are named whose text the state
// does not have, as after an erasure.
func (s *State) Unnamed() []string {
	var keys []string
	for _, t := range s.topics {
		if t.Name == "" && t.like != "" {
			keys = append(keys, t.like)
		}
	}
	return keys
}

// NameAfter gives the topics in Unnamed the texts of their questions. One whose
// text is gone is not asked for again.
func (s *State) NameAfter(text func(key string) Text) {
	for _, t := range s.topics {
		if t.Name != "" || t.like == "" {
			continue
		}
		if said := text(t.like).Text; said != "" {
			t.Name = NameOf(said)
		} else {
			s.questions[t.like].stripped = true
			s.renameAfterLatest(t)
		}
	}
}

// Strippable are the questions that were answered or dismissed before a moment
// and whose texts are still kept.
func (s *State) Strippable(before time.Time) []string {
	var keys []string
	for _, q := range s.order {
		settled := q.Status == StatusAnswered || q.Status == StatusDismissed
		if settled && !q.stripped && q.Since.At.Before(before) {
			keys = append(keys, q.Key)
		}
	}
	return keys
}
