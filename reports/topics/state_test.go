package topics

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	start = time.Date(2025, 9, 15, 9, 0, 0, 0, time.UTC)

	subjects = []string{"refund", "parcel", "invoice", "password", "discount code", "exchange", "warranty", "delivery address"}
	frames   = []string{
		"where is my %s?", "I want to change the %s", "the %s does not work", "hi, quick question: how do I get a %s",
		"my %s never arrived!!", "¿dónde está mi %s?", "is there a %s for students", "%s",
	}
)

// world is a journal as one process sees it, and what was asked.
type world struct {
	state   *State
	journal []Entry
	texts   map[string]Text
}

func (w *world) text(key string) Text { return w.texts[key] }

func (w *world) decide(t *testing.T, e Entry) {
	t.Helper()
	if err := w.state.Apply(e, w.text); err != nil {
		t.Fatal(err)
	}
	w.journal = append(w.journal, e)
}

func (w *world) ask(t *testing.T, text, given string) Entry {
	t.Helper()
	n := len(w.texts)
	key := "shop/" + strconv.Itoa(n)
	w.texts[key] = Text{Text: text}
	at := start.Add(time.Duration(n) * time.Minute)
	e := w.state.Ask(Question{Key: key, Conversation: "shop/c" + strconv.Itoa(n/2), Asked: at, Channel: []string{"chat", "email"}[n%2]}, w.texts[key], given, at)
	w.decide(t, e)
	for {
		m, due := w.state.Settle(at)
		if !due {
			return e
		}
		w.decide(t, m)
	}
}

func newWorld() *world { return &world{state: NewState(), texts: map[string]Text{}} }

// topics is which questions are together, and how each topic is called.
func (w *world) topics() map[string][]string {
	m := map[string][]string{}
	for key := range w.texts {
		q, _ := w.state.Question(key)
		t, _ := w.state.Topic(q.Topic)
		name := fmt.Sprintf("%d %s %s", t.Number, t.Name, t.Until)
		m[name] = append(m[name], fmt.Sprintf("%s %s %+v", key, q.Status, q.Since))
	}
	for _, keys := range m {
		slices.Sort(keys)
	}
	return m
}

// randomly does what visitors and people do.
func (w *world) randomly(t *testing.T, rng *rand.Rand, steps int) {
	keys := func() []string {
		n := len(w.texts)
		return []string{"shop/" + strconv.Itoa(rng.IntN(n)), "shop/" + strconv.Itoa(rng.IntN(n))}
	}
	topic := func() int { q, _ := w.state.Question(keys()[0]); return q.Topic }
	for i := range steps {
		at := start.Add(time.Duration(i) * time.Hour)
		kind := rng.IntN(30)
		if len(w.texts) < 5 {
			kind = 29
		}
		switch kind {
		case 0:
			w.decide(t, Entry{Kind: Renamed, At: at, By: "U1", Topic: topic(), Name: "Named " + strconv.Itoa(i)})
		case 1:
			w.decide(t, Entry{Kind: Moved, At: at, By: "U1", Topic: topic(), Questions: keys()})
		case 2:
			w.decide(t, Entry{Kind: Moved, At: at, By: "U1", Topic: len(w.state.topics) + 1, Questions: keys(), Name: "Split " + strconv.Itoa(i)})
		case 3:
			if a, b := topic(), topic(); a != b {
				w.decide(t, Entry{Kind: Merged, At: at, By: "U1", Topic: a, Into: b})
			}
		case 4:
			w.decide(t, Entry{Kind: Dismissed, At: at, By: "U2", Questions: keys(), Reason: "spam"})
		case 5:
			w.decide(t, Entry{Kind: Answered, At: at, By: "U2", Questions: keys(), Answer: "A1"})
		case 6:
			w.decide(t, Entry{Kind: Reopened, At: at, By: "U2", Questions: keys()})
		case 7:
			w.decide(t, Entry{Kind: Snoozed, At: at, By: "U2", Topic: topic(), Until: at.Add(time.Hour)})
		case 8:
			w.decide(t, Entry{Kind: Changed, At: at, Questions: keys()[:1], Channel: "phone"})
		case 9:
			w.decide(t, Entry{Kind: Withdrawn, At: at, Questions: keys()[:1]})
		case 10:
			w.ask(t, "anything", "Billing "+strconv.Itoa(rng.IntN(2)))
		default:
			w.ask(t, fmt.Sprintf(frames[rng.IntN(len(frames))], subjects[rng.IntN(len(subjects))]), "")
		}
	}
}

// TestIdentity lets questions arrive and people act at random: a question
// changes its topic by a merge or a person alone, every alias leads to a topic,
// nothing is lost, a person's work stays, and a replay gives the same, also from
// a snapshot.
func TestIdentity(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWorld()
		half := newWorld()
		for step := range 150 {
			before := map[string]int{}
			named := map[int]string{}
			for key := range w.texts {
				q, _ := w.state.Question(key)
				before[key] = q.Topic
				if topic, _ := w.state.Topic(q.Topic); topic.Named {
					named[q.Topic] = topic.Name
				}
			}
			n := len(w.journal)
			w.randomly(t, rng, 1)
			byPerson := map[string]bool{}
			merged := false
			for _, e := range w.journal[n:] {
				for _, key := range e.Questions {
					byPerson[key] = byPerson[key] || e.Kind == Moved
				}
				merged = merged || e.Kind == Merged
				if e.Kind == Merged && e.By == "" {
					a, b := named[e.Topic], named[e.Into]
					if a != "" && b != "" && a != b {
						t.Fatalf("seed %d: the grouper merged %q and %q, both named by people", seed, a, b)
					}
				}
			}
			for key, was := range before {
				q, ok := w.state.Question(key)
				if !ok {
					t.Fatalf("seed %d, step %d: question %s is lost", seed, step, key)
				}
				now, ok := w.state.Topic(was)
				if !ok || now.into != now.Number {
					t.Fatalf("seed %d: topic %d does not lead to a topic", seed, was)
				}
				if q.Topic != was && !byPerson[key] && !(merged && q.Topic == now.Number) {
					t.Fatalf("seed %d, step %d: question %s went from topic %d to %d by itself", seed, step, key, was, q.Topic)
				}
			}
			if step == 75 {
				data, err := w.state.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				if half.state, err = OpenSnapshot(data); err != nil {
					t.Fatal(err)
				}
			}
		}
		total := 0
		for _, topic := range w.state.topics {
			total += len(topic.questions)
		}
		if total != len(w.texts) || w.state.Len() != total {
			t.Fatalf("seed %d: %d questions are in topics; want %d", seed, total, len(w.texts))
		}
		replayed := newWorld()
		replayed.texts, half.texts = w.texts, w.texts
		for i, e := range w.journal {
			for _, r := range []*world{replayed, half} {
				if r.state.Applied() > i {
					continue
				}
				if err := r.state.Apply(e, r.text); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				r.state.Settle(start) // what a process does before its own decisions
			}
		}
		for name, r := range map[string]*world{"a replay": replayed, "a snapshot and the rest": half} {
			if d := cmp.Diff(w.topics(), r.topics()); d != "" {
				t.Fatalf("seed %d: %s gives other topics (-live +replayed):\n%s", seed, name, d)
			}
		}
		next := Text{Text: "where can I see my refund and the invoice"}
		q := Question{Key: "next", Asked: start}
		if a, b := w.state.Ask(q, next, "", start), replayed.state.Ask(q, next, "", start); a.Topic != b.Topic {
			t.Errorf("seed %d: the next question goes to topic %d live and to %d after a replay", seed, a.Topic, b.Topic)
		}
	}
}

// TestApart holds that what a person took apart stays apart, whatever is asked.
func TestApart(t *testing.T) {
	w := newWorld()
	for range 4 {
		w.ask(t, "where is my refund", "")
	}
	q, _ := w.state.Question("shop/3")
	w.decide(t, Entry{Kind: Moved, By: "U1", Topic: len(w.state.topics) + 1, Questions: []string{"shop/3"}, Name: "Lost refunds"})
	for range 20 {
		w.ask(t, "where is my refund", "")
		w.ask(t, "where is my lost refund", "")
	}
	moved, _ := w.state.Question("shop/3")
	first, _ := w.state.Question("shop/0")
	if moved.Topic == first.Topic || first.Topic != q.Topic {
		t.Errorf("the question that a person moved is in topic %d, the others in %d; want them apart", moved.Topic, first.Topic)
	}
	if topic, _ := w.state.Topic(moved.Topic); topic.Name != "Lost refunds" {
		t.Errorf("the topic is called %q; want the person's name", topic.Name)
	}
	// A person may join them again.
	w.decide(t, Entry{Kind: Merged, By: "U1", Topic: moved.Topic, Into: first.Topic})
	if moved, _ = w.state.Question("shop/3"); moved.Topic != first.Topic {
		t.Errorf("the topic is %d after the merge; want %d", moved.Topic, first.Topic)
	}
	if topic, _ := w.state.Topic(first.Topic); topic.Name != "Lost refunds" {
		t.Errorf("the merged topic is called %q; want the name that a person gave", topic.Name)
	}
}

func TestSourceTopics(t *testing.T) {
	w := newWorld()
	a := w.ask(t, "where is my refund", "Refunds")
	w.ask(t, "where is my refund", "")
	b := w.ask(t, "something else", "refunds!")
	if own, _ := w.state.Question("shop/1"); a.Topic != b.Topic || own.Topic == a.Topic {
		t.Errorf("topics %d, %d and %d; want the source's own as it is, and apart", a.Topic, own.Topic, b.Topic)
	}
	if topic, _ := w.state.Topic(a.Topic); topic.Name != "Refunds" {
		t.Errorf("name %q; want the source's", topic.Name)
	}
}

func TestErasedNames(t *testing.T) {
	w := newWorld()
	w.ask(t, "where is my refund", "")
	w.ask(t, "where is the refund", "")
	q, _ := w.state.Question("shop/0")
	topic, _ := w.state.Topic(q.Topic)
	named := topic.like
	delete(w.texts, named)
	w.decide(t, Entry{Kind: Erased, Questions: []string{named}})
	if topic.Name != "" || len(w.state.Unnamed()) != 1 {
		t.Fatalf("name %q after an erasure; want none until it is looked up", topic.Name)
	}
	w.state.NameAfter(w.text)
	if topic.Name == "" {
		t.Error("the topic has no name although a question is left")
	}
	if list, total := w.state.Questions(topic.Number, "", 0, 0); total != 1 || list[0].Key == named {
		t.Errorf("Questions = %v, %d; want the one that is left", list, total)
	}
}

func TestList(t *testing.T) {
	w := newWorld()
	for _, q := range []string{"where is my refund", "refund please where", "my password is wrong", "where is my refund now", "wrong password"} {
		w.ask(t, q, "")
	}
	names := func(f Filter) string {
		page, total := w.state.List(f, start)
		s := fmt.Sprint(total, ":")
		for _, p := range page {
			s += fmt.Sprintf(" %s %d/%d", p.Status, p.Conversations, p.Questions)
			if p.Returned {
				s += " returned"
			}
		}
		return s
	}
	check := func(f Filter, want string) {
		t.Helper()
		if got := names(f); got != want {
			t.Errorf("List(%+v) = %q; want %q", f, got, want)
		}
	}
	check(Filter{}, "2: open 2/2 open 2/3")
	check(Filter{Order: ByDate}, "2: open 2/2 open 2/3")
	check(Filter{Limit: 1, Offset: 1}, "2: open 2/3")
	check(Filter{Offset: 7}, "2:")
	check(Filter{Channel: "email"}, "1: open 2/2")
	check(Filter{Channel: "fax"}, "0:")
	check(Filter{From: start.Add(2 * time.Minute)}, "2: open 2/2 open 1/1")
	check(Filter{To: start.Add(time.Minute)}, "1: open 1/1")
	check(Filter{Search: "passwords"}, "1: open 2/2")
	check(Filter{Search: "REFUND now"}, "1: open 2/3")
	check(Filter{Search: "where is the refund"}, "1: open 2/3")
	check(Filter{Search: "lamp"}, "0:")
	check(Filter{Status: StatusDismissed}, "0:")
	q, _ := w.state.Question("shop/2")
	w.decide(t, Entry{Kind: Dismissed, Questions: []string{"shop/2", "shop/4"}})
	check(Filter{}, "1: open 2/3")
	check(Filter{Status: StatusDismissed}, "1: dismissed 2/2")
	w.ask(t, "the password is wrong", "")
	check(Filter{}, "2: open 2/3 open 1/1 returned")
	w.decide(t, Entry{Kind: Snoozed, Topic: q.Topic, Until: start.Add(time.Hour)})
	check(Filter{}, "1: open 2/3")
	check(Filter{Status: StatusSnoozed}, "1: snoozed 2/3")
	if _, total := w.state.Questions(q.Topic, StatusOpen, 0, 10); total != 1 {
		t.Errorf("%d open questions in the topic; want 1", total)
	}
	if page, total := w.state.Questions(99, "", 0, 10); total != 0 || page != nil {
		t.Errorf("Questions of no topic = %v, %d", page, total)
	}
}

func TestBadEntries(t *testing.T) {
	w := newWorld()
	w.ask(t, "where is my refund", "")
	for _, e := range []Entry{
		{},
		{Kind: "later"},
		{Kind: Asked, Topic: 1},
		{Kind: Asked, Topic: 3, Question: &Question{Key: "x"}},
		{Kind: Asked, Topic: 0, Question: &Question{Key: "x"}},
		{Kind: Asked, Topic: 1, Question: &Question{Key: "shop/0"}},
		{Kind: Merged, Topic: 1, Into: 1},
		{Kind: Merged, Topic: 2, Into: 1},
		{Kind: Merged, Topic: 1, Into: 2},
		{Kind: Renamed, Topic: 2},
		{Kind: Moved, Topic: 3},
		{Kind: Moved, Topic: 1, Questions: []string{"none"}},
		{Kind: Snoozed},
		{Kind: Dismissed, Questions: []string{"none"}},
	} {
		if err := w.state.Apply(e, w.text); err == nil {
			t.Errorf("Apply(%+v) = nil; want an error", e)
		}
	}
	if w.state.Applied() != 1 || w.state.Len() != 1 {
		t.Errorf("%d entries applied, %d questions; want what was there before", w.state.Applied(), w.state.Len())
	}
}

// TestTombstones holds that what was erased or withdrawn before it was asked is
// never asked.
func TestTombstones(t *testing.T) {
	w := newWorld()
	w.decide(t, Entry{Kind: Erased, Questions: []string{"a"}})
	w.decide(t, Entry{Kind: Withdrawn, Questions: []string{"b"}})
	data, err := w.state.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenSnapshot(data)
	if err != nil || again.LastErased() != 1 {
		t.Fatalf("OpenSnapshot: last erased %d, %v; want 1", again.LastErased(), err)
	}
	for _, s := range []*State{w.state, again} {
		for _, key := range []string{"a", "b"} {
			if q, known := s.Question(key); !known || q.Counts() {
				t.Errorf("Question(%s) = %+v, %v; want one that does not count", key, q, known)
			}
			if err := s.Check(Entry{Kind: Asked, Topic: 1, Question: &Question{Key: key}}); err == nil {
				t.Errorf("question %s may still be asked", key)
			}
		}
		if s.Len() != 0 {
			t.Errorf("%d questions; want none", s.Len())
		}
	}
}

// TestStrippedNames holds that a topic is named after a question whose text is
// kept, and that the text of another is no name.
func TestStrippedNames(t *testing.T) {
	w := newWorld()
	w.ask(t, "where is my refund", "")
	w.ask(t, "where is the refund", "")
	w.decide(t, Entry{Kind: Answered, Questions: []string{"shop/0"}})
	w.decide(t, Entry{Kind: Stripped, Questions: []string{"shop/0"}})
	delete(w.texts, "shop/0")
	w.state.NameAfter(w.text)
	topic, _ := w.state.Topic(1)
	if topic.Name != "Where is the refund" {
		t.Errorf("name %q; want the question that is left", topic.Name)
	}
	replayed := NewState()
	for _, e := range w.journal {
		if err := replayed.Apply(e, w.text); err != nil {
			t.Fatal(err)
		}
	}
	replayed.NameAfter(w.text)
	if topic, _ := replayed.Topic(1); topic.Name != "Where is the refund" {
		t.Errorf("name %q after a replay; want the question that is left", topic.Name)
	}
}

// TestWordless holds that questions without words are together if they are the
// same.
func TestWordless(t *testing.T) {
	w := newWorld()
	for _, q := range []string{"😀👍", "???", "😀👍", "😀👍", "123 456", "", "???"} {
		w.ask(t, q, "")
	}
	if n := w.state.Topics(); n != 4 {
		t.Errorf("%d topics; want 4", n)
	}
	w.ask(t, "any", "!!!")
	w.ask(t, "any", "😀")
	w.ask(t, "any", "\u200b")
	w.ask(t, "any", "\u200b")
	if n := w.state.Topics(); n != 7 {
		t.Errorf("%d topics; want two of the source's and one of the others more", n)
	}
}

func FuzzOpenSnapshot(f *testing.F) {
	w := newWorld()
	for _, q := range []string{"where is my refund", "wrong password", "where is the refund"} {
		w.ask(&testing.T{}, q, "")
	}
	data, err := w.state.Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{})
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := OpenSnapshot(data)
		if err != nil {
			return
		}
		s.Ask(Question{Key: "x"}, Text{Text: "where is my refund"}, "", start)
		s.List(Filter{}, start)
		again, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSnapshot(again); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add("Hi, this is Maria. Where is order #48213? 😡 a@b.example", "en")
	f.Add("¿Dónde está?", "")
	f.Fuzz(func(t *testing.T, text, language string) {
		g := NewGrouper()
		a, b := g.vector(Text{Text: text, Language: language}), g.vector(Text{Text: text, Language: language})
		if !slices.Equal(a, b) {
			t.Error("two vectors of one question differ")
		}
		length := 0.0
		for _, d := range a {
			length += d.weight * d.weight
		}
		if len(a) > 0 && (length < 0.3 || length > 1.001) {
			t.Errorf("squared length %g", length)
		}
		if bytes.ContainsAny([]byte(NameOf(text)), "\n\r") {
			t.Errorf("NameOf(%q) has a line break", text)
		}
	})
}
