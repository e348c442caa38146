package topics

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Order is how a list of topics is sorted.
type Order int

// The orders, each with the largest or latest first.
const (
	ByConversations Order = iota
	ByDate                // of the last question
)

// Filter says which topics are listed. Its zero value lists the open ones by
// their number of conversations.
type Filter struct {
	Status   Status // empty: open
	Channel  string // empty: all
	From, To time.Time
	Order    Order
	Offset   int
	Limit    int // 0 for all
	// Search lets through the topics of whose name or questions each word is part,
	// whatever its accents or ending; empty for all.
	Search string
}

// Summary is a topic as it stands in a list. It counts the questions that the
// filter lets through.
type Summary struct {
	Topic         int
	Name          string
	Status        Status
	Conversations int // distinct ones
	Questions     int
	First, Last   time.Time
	Latest        string // the key of the last question
	URL           string // its link, which the store adds
	Channels      []string
	Until         time.Time // until when it is snoozed
	// Returned says that it was answered or dismissed before and was asked again.
	Returned bool
	Named    bool // by a person or the source
}

// List returns the topics that a filter lets through, and how many there are
// beyond the page.
func (s *State) List(f Filter, now time.Time) (page []Summary, total int) {
	var list []Summary
	count, found := s.counter(), s.finder(f.Search)
	for _, t := range s.topics {
		if t.into != t.Number || !found(t) {
			continue
		}
		if sum, ok := s.summary(t, f, now, count); ok {
			list = append(list, sum)
		}
	}
	slices.SortFunc(list, func(a, b Summary) int {
		byDate := b.Last.Compare(a.Last)
		if f.Order == ByDate {
			return cmp.Or(byDate, a.Topic-b.Topic)
		}
		return cmp.Or(b.Conversations-a.Conversations, byDate, a.Topic-b.Topic)
	})
	total = len(list)
	list = list[min(f.Offset, total):]
	if f.Limit > 0 {
		list = list[:min(f.Limit, len(list))]
	}
	return list, total
}

// Summary is one topic, with all of its questions that count.
func (s *State) Summary(number int, now time.Time) (Summary, bool) {
	t, ok := s.Topic(number)
	if !ok {
		return Summary{}, false
	}
	return s.summary(t, Filter{Status: s.Status(t, now)}, now, s.counter())
}

// Status is a topic's: snoozed, else open where one of its questions is, else
// that of its last question.
func (s *State) Status(t *Topic, now time.Time) Status {
	if t.Until.After(now) {
		return StatusSnoozed
	}
	last := statusWithdrawn
	for _, q := range t.questions {
		switch q.Status {
		case StatusOpen:
			return StatusOpen
		case StatusAnswered, StatusDismissed:
			last = q.Status
		}
	}
	return last
}

func (s *State) summary(t *Topic, f Filter, now time.Time, count func(*Question) bool) (Summary, bool) {
	status := s.Status(t, now)
	want := cmp.Or(f.Status, StatusOpen)
	if status != want {
		return Summary{}, false
	}
	sum := Summary{Topic: t.Number, Name: t.Name, Status: status, Until: t.Until, Named: t.Named || t.Source != ""}
	count(nil)
	var first, last int // when something was settled, when an open question came
	for _, q := range t.questions {
		settled := q.Status == StatusAnswered || q.Status == StatusDismissed
		if settled && (first == 0 || q.settled < first) {
			first = q.settled
		} else if q.Status == StatusOpen {
			last = max(last, q.asked)
		}
		if !q.Counts() || want == StatusOpen && settled || f.Channel != "" && q.Channel != f.Channel ||
			!f.From.IsZero() && q.Asked.Before(f.From) || !f.To.IsZero() && !q.Asked.Before(f.To) {
			continue
		}
		sum.Questions++
		if count(q) {
			sum.Conversations++
		}
		if sum.First.IsZero() || q.Asked.Before(sum.First) {
			sum.First = q.Asked
		}
		if !q.Asked.Before(sum.Last) {
			sum.Last, sum.Latest = q.Asked, q.Key
		}
		if !slices.Contains(sum.Channels, q.Channel) {
			sum.Channels = append(sum.Channels, q.Channel)
		}
	}
	sum.Returned = status == StatusOpen && first > 0 && last > first
	slices.Sort(sum.Channels)
	return sum, sum.Questions > 0
}

// counter returns a function that reports a conversation that it has not seen
// since it was last called with nil.
func (s *State) counter() func(*Question) bool {
	seen := make([]int, len(s.threads))
	round := 0
	return func(q *Question) bool {
		if q == nil {
			round++
			return false
		}
		if seen[q.thread] == round {
			return false
		}
		seen[q.thread] = round
		return true
	}
}

// Questions are a topic's questions of a status, the latest first, and how many
// there are. An empty status means all that count.
func (s *State) Questions(number int, status Status, offset, limit int) (page []Question, total int) {
	t, ok := s.Topic(number)
	if !ok {
		return nil, 0
	}
	var list []Question
	for _, q := range t.questions {
		if q.Counts() && (status == "" || q.Status == status) {
			list = append(list, *q)
		}
	}
	slices.SortStableFunc(list, func(a, b Question) int { return b.Asked.Compare(a.Asked) })
	total = len(list)
	list = list[min(offset, total):]
	if limit > 0 {
		list = list[:min(limit, len(list))]
	}
	return list, total
}

// finder returns a function that reports the topics for a search.
func (s *State) finder(search string) func(*Topic) bool {
	words := read(search, "")
	if telling := slices.DeleteFunc(slices.Clone(words), func(w word) bool { return w.weight < 0.6 }); len(telling) > 0 {
		words = telling // "the" is in every question
	}
	return func(t *Topic) bool {
		for _, w := range words {
			found := strings.Contains(fold(strings.ToLower(t.Name)), w.folded)
			for i := range languages {
				if place, ok := s.grouper.index[hash('s', languages[i].stem(w.folded))]; !found && ok {
					found = s.grouper.weightOf(place, int32(t.Number-1)) > 0
				}
			}
			if !found {
				return false
			}
		}
		return true
	}
}

// Channels are those in which something was asked that the agent could not
// answer, sorted.
func (s *State) Channels() []string {
	var list []string
	for _, q := range s.order {
		if q.Counts() && !slices.Contains(list, q.Channel) {
			list = append(list, q.Channel)
		}
	}
	slices.Sort(list)
	return list
}

// SettledAt is when a question of a topic was last answered or dismissed; zero where none
// was.
func (s *State) SettledAt(number int) (at time.Time) {
	t, ok := s.Topic(number)
	if !ok {
		return at
	}
	for _, q := range t.questions {
		if q.Counts() && (q.Status == StatusAnswered || q.Status == StatusDismissed) && q.Since.At.After(at) {
			at = q.Since.At
		}
	}
	return at
}

// AskedAt are the times at which a topic was asked, whatever became of it.
func (s *State) AskedAt(number int) []time.Time {
	var list []time.Time
	for _, q := range s.Asked(number) {
		list = append(list, q.Asked)
	}
	return list
}

// Asked are the questions of a topic that count, whatever became of them, in order.
func (s *State) Asked(number int) []Question {
	t, ok := s.Topic(number)
	if !ok {
		return nil
	}
	var list []Question
	for _, q := range t.questions {
		if q.Counts() {
			list = append(list, *q)
		}
	}
	slices.SortFunc(list, func(a, b Question) int { return a.Asked.Compare(b.Asked) })
	return list
}

// Alike is how alike a question and others are, each from 0 to 1.
func (s *State) Alike(question Text, others []Text) []float64 {
	v := s.grouper.vector(question)
	alike := make([]float64, len(others))
	for i, o := range others {
		alike[i] = dot(v, s.grouper.vector(o))
	}
	return alike
}

// Nearest is the number of the topic that a question would join; 0 where it
// would open one.
func (s *State) Nearest(question Text) int {
	return s.grouper.nearest(s.grouper.vector(question)) + 1
}

// Covers is how many open questions are about the same as a question: those of
// the topic that it would join.
func (s *State) Covers(question Text) int {
	_, n := s.Questions(s.Nearest(question), StatusOpen, 0, 0)
	return n
}
