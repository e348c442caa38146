package storetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
	"agentreport/store"
)

// testSignOfLife holds what makes a source known, and what is a sign that it still
// sends: a test is none, in whatever order it came.
func testSignOfLife(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	send := func(id, source string, hours int, test bool) {
		t.Helper()
		e := reports.Event{ID: id, Source: source, Conversation: id, Type: reports.Started, At: Start.Add(time.Duration(hours) * time.Hour), Test: test}
		if _, err := s.Record(ctx, []reports.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	send("0", "shop", 2, false)
	send("1", "shop", 3, false)
	send("2", "shop", 9, true)
	send("3", "shop", 1, false)
	send("4", "desk", 5, true)
	list, err := s.Sources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, src := range list {
		got = append(got, fmt.Sprint(src.Name, " ", src.LastAt.IsZero(), " ", src.LastAt.Equal(Start.Add(3*time.Hour))))
	}
	slices.Sort(got)
	if want := []string{"desk true false", "shop false true"}; !slices.Equal(got, want) {
		t.Errorf("sources %q; want %q: known by a test, alive by the latest other event", got, want)
	}
}

// testDirtyDays holds that a day which a conversation has left is summed again,
// also where the process that moved it ended before it could mark the day.
func testDirtyDays(t *testing.T, open Open) {
	ctx := context.Background()
	b := open(t)
	s := openStore(t, b)
	at := func(day int) time.Time { return Start.AddDate(0, 0, day) }
	closed := []reports.Event{
		{ID: "1", Source: "shop", Conversation: "c", Type: reports.Started, At: at(0)},
		{ID: "2", Source: "shop", Conversation: "c", Type: reports.Closed, Actor: reports.Human, Member: reports.Member{ID: "m1"}, At: at(1)},
	}
	if _, err := s.Record(ctx, closed); err != nil {
		t.Fatal(err)
	}
	holds(t, s, closed, Now) // both days are summed
	reopened := append(closed, reports.Event{ID: "3", Source: "shop", Conversation: "c", Type: reports.Reopened, At: at(2)})
	crashed := openStore(t, &untouched{b})
	if _, err := crashed.Record(ctx, reopened[2:]); !errors.Is(err, errCrash) {
		t.Fatalf("Record = %v; want the crash before a day is marked", err)
	}
	all := append(reopened, reports.Event{ID: "4", Source: "shop", Conversation: "c", Type: reports.Message, Actor: reports.Visitor, At: at(3)})
	if _, err := s.Record(ctx, all[3:]); err != nil {
		t.Fatal(err)
	}
	holds(t, s, all, Now)
	verified(t, s, 0)
}

// untouched ends a process before it marks a day.
type untouched struct{ store.Backend }

func (u *untouched) Atomic() bool { return false }

func (u *untouched) Atomically(_ context.Context, f func(store.Backend) error) error { return f(u) }

func (u *untouched) Touch(context.Context, *store.Collection, []string) error { return errCrash }

// TestSnapshotBesideErasure holds that a snapshot whose writer did not know of an
// erasure does not outlive it. It takes 2,000 questions.
func TestSnapshotBesideErasure(t *testing.T, open Open) {
	ctx := context.Background()
	b := open(t)
	s := openStore(t, b)
	var list []reports.Event
	for i := range 2001 { // after which a snapshot is written
		list = append(list, question(i, fmt.Sprint("where is parcel ", i%7, Secret)))
	}
	if _, err := s.Record(ctx, list); err != nil {
		t.Fatal(err)
	}
	gone := list[3].Visitor
	slow := openStore(t, &intercepted{Backend: b, on: "snapshots", before: func() {
		if _, err := openStore(t, b).EraseVisitor(ctx, "", gone); err != nil {
			t.Error(err)
		}
	}})
	if _, err := slow.Group(ctx, nil); err != nil {
		t.Fatal(err)
	}
	docs, err := b.Find(ctx, collection("snapshots"), store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := b.Find(ctx, collection("journal"), store.Query{From: "000000002000"})
	if err != nil {
		t.Fatal(err)
	}
	erased := slices.IndexFunc(entries, func(d store.Doc) bool { return bytes.Contains(d.Body, []byte(`"kind":"erased"`)) })
	if erased < 0 {
		t.Fatal("the erasure is no entry")
	}
	for _, d := range docs {
		if d.ID < entries[erased].ID {
			t.Errorf("snapshot %s is left, from before the erasure %s", d.ID, entries[erased].ID)
		}
	}
}

// testScheduleHistory holds that a schedule that is removed and made again keeps
// who did what before.
func testScheduleHistory(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	add := func(channel, by string) {
		t.Helper()
		if err := s.AddSubscription(ctx, reports.Subscription{ID: "team", Channel: channel, Schedule: "0 9 * * MON"}, by); err != nil {
			t.Fatal(err)
		}
	}
	add("C1", "U1")
	if err := s.ChangeSubscription(ctx, "team", "U2", func(sub *reports.Subscription) { sub.Channel, sub.History = "C2", nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveSubscription(ctx, "team", "U3"); err != nil {
		t.Fatal(err)
	}
	add("C4", "U4")
	changes, err := s.Changes(ctx, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var who []string
	for _, c := range changes {
		who = append(who, c.By)
	}
	slices.Sort(who)
	if want := []string{"U1", "U2", "U3", "U4"}; !slices.Equal(who, want) {
		t.Errorf("the trail names %v; want %v", who, want)
	}
}

// testListing holds that every session behind a span is listed, once, the latest
// first, and that who wants few reads few.
func testListing(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	list := Events(rand.New(rand.NewPCG(3, 3)), 25)
	if _, err := s.Record(ctx, list); err != nil {
		t.Fatal(err)
	}
	grouped := map[string][]reports.Event{}
	for _, e := range list {
		grouped[e.ConversationKey()] = append(grouped[e.ConversationKey()], e)
	}
	for _, r := range []reports.Range{everyDay, {From: "2025-09-23", To: "2025-09-25"}} {
		q := reports.Query{Range: r, Now: Now, Rules: Rules}
		var want []reports.Listed
		for _, events := range grouped {
			c := Rules.Fold(events)
			want = append(want, Rules.List(&c, q)...)
		}
		slices.SortFunc(want, func(a, b reports.Listed) int {
			return cmp.Or(strings.Compare(string(b.Day), string(a.Day)), b.StartedAt.Compare(a.StartedAt), strings.Compare(a.Source+a.ID, b.Source+b.ID))
		})
		name := func(l *reports.Listed) string { return fmt.Sprint(l.Source, "/", l.ID, " ", len(l.Weeks)) }
		var got, expected []string
		for l, err := range s.Listing(ctx, q) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, name(&l))
		}
		for i := range want {
			expected = append(expected, name(&want[i]))
		}
		if len(got) < 5 || !slices.Equal(got, expected) {
			t.Errorf("%s to %s lists %v; want %v", r.From, r.To, got, expected)
		}
		for l, err := range s.Listing(ctx, q) {
			if err != nil || name(&l) != expected[0] {
				t.Errorf("the first is %s, %v; want %s", name(&l), err, expected[0])
			}
			break
		}
	}
}

// testWrongSums holds that Verify finds a day's sum that is not that of its
// conversations, and that one which cannot be read is said to be damaged.
func testWrongSums(t *testing.T, open Open) {
	ctx := context.Background()
	b := open(t)
	s := openStore(t, b)
	list := Events(rand.New(rand.NewPCG(1, 2)), 10)
	if _, err := s.Record(ctx, list); err != nil {
		t.Fatal(err)
	}
	holds(t, s, list, Now)
	day := string(reports.DayOf(Start, time.UTC))
	put := func(change func(string) string) {
		t.Helper()
		docs, err := b.Get(ctx, collection("tallies"), []string{day})
		if err != nil || len(docs) != 1 {
			t.Fatal(docs, err)
		}
		sum := change(string(docs[0].Body))
		docs[0].Body = []byte(doneAt.ReplaceAllString(sum, fmt.Sprintf(`"done":%d`, docs[0].Version+1)))
		if ok, err := b.Swap(ctx, collection("tallies"), docs); err != nil || !ok[0] {
			t.Fatal(ok, err)
		}
	}
	var right string
	put(func(body string) string {
		right = body
		return firstCount.ReplaceAllString(body, `"counts":[98765,`)
	})
	v, err := s.Verify(ctx, Now, nil)
	if err != nil || len(v.Differences) != 1 || v.Differences[0].What != "day "+day || !strings.Contains(v.Differences[0].Stored, "98765") || strings.Contains(v.Differences[0].Events, "98765") {
		t.Errorf("Verify = %+v, %v; want the day with the wrong sum", v.Differences, err)
	}
	for name, change := range map[string]func(string) string{
		"a count too many": func(string) string { return firstCount.ReplaceAllString(right, `"counts":[1,$1`) },
		"a count too few":  func(string) string { return counts.ReplaceAllString(right, `"counts":[1]`) },
	} {
		put(change)
		if _, err := s.Days(ctx, everyDay, Now); err == nil || !strings.Contains(err.Error(), day) || !strings.Contains(err.Error(), "rebuild") {
			t.Errorf("Days with %s = %v; want which day, and the remedy", name, err)
		}
	}
	if err := s.Rebuild(ctx, nil); err != nil {
		t.Fatal(err)
	}
	holds(t, s, list, Now)
	verified(t, s, 0)
}

var (
	doneAt     = regexp.MustCompile(`"done":\d+`)
	counts     = regexp.MustCompile(`"counts":\[[^\]]*\]`)
	firstCount = regexp.MustCompile(`"counts":\[(\d+,)`)
)

// testSettledNotes holds that a question which somebody dismissed is settled, for
// the digest, and that another of its topic is not.
func testSettledNotes(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	record(t, s, asked(6)...)
	if err := s.Decide(ctx, func(*topics.State) (topics.Entry, error) {
		return topics.Entry{Kind: topics.Dismissed, Questions: []string{asked(6)[0].Key()}, By: "U1"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	inferred := question(9, "where is my refund")
	inferred.Inferred = true
	record(t, s, inferred)
	notes, err := s.Notes(ctx, reports.Unanswered, everyDay, "")
	if err != nil {
		t.Fatal(err)
	}
	settled := 0
	for _, n := range notes {
		if n.Topic.Settled {
			settled++
		}
	}
	if len(notes) != 6 || settled != 1 {
		t.Errorf("%d notes, %d settled; want the 6 that were asked, 1 settled, and no inferred one", len(notes), settled)
	}
	page, _, err := s.Questions(ctx, 1, "", 0, 10)
	if err != nil || !slices.ContainsFunc(page, func(q topics.Question) bool { return q.Inferred && q.Text == "where is my refund" }) {
		t.Errorf("questions of the topic: %+v, %v; want the inferred one among them", page, err)
	}
}
