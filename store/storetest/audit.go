package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
	"agentreport/store"
)

// trail is the audit trail as text, the latest first.
func trail(t *testing.T, s *store.Store, topic, limit int) string {
	t.Helper()
	list, err := s.Changes(context.Background(), topic, limit)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(list))
	for i, c := range list {
		lines[i] = fmt.Sprintf("%s %s %d: %s -> %s", c.By, c.What, c.Questions, strings.ReplaceAll(c.Before, "\n", "/"), strings.ReplaceAll(c.After, "\n", "/"))
	}
	return strings.Join(lines, "\n")
}

// testAudit holds that every change that a person makes has its line, with what
// was before, and that erasure takes the visitor's words out of it.
func testAudit(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	record(t, s, asked(6)...)
	decide := func(e topics.Entry) {
		t.Helper()
		if err := s.Decide(ctx, func(*topics.State) (topics.Entry, error) { return e, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got := trail(t, s, 0, 0); got != "" {
		t.Errorf("the trail before anybody did anything: %s", got)
	}
	decide(topics.Entry{Kind: topics.Renamed, Topic: 1, Name: "Refunds", By: "U1"})
	decide(topics.Entry{Kind: topics.Renamed, Topic: 1, Name: "Money back", By: "U2"})
	decide(topics.Entry{Kind: topics.Renamed, Topic: 2, Name: "I forgot my password!", By: "U2"})
	decide(topics.Entry{Kind: topics.Renamed, Topic: 2, Name: "Passwords", By: "U2"})
	decide(topics.Entry{Kind: topics.Dismissed, Questions: []string{"shop/q01", "shop/q04"}, Reason: "spam", By: "U1"})
	decide(topics.Entry{Kind: topics.Moved, Topic: 4, Name: "Odd", Questions: []string{"shop/q05"}, By: "U1"})
	decide(topics.Entry{Kind: topics.Merged, Topic: 4, Into: 3, By: "U1"})
	decide(topics.Entry{Kind: topics.Snoozed, Topic: 3, Until: Now, By: "U1"})
	a := reports.Answer{ID: "V1", Question: "Where is it?", Text: "On its way.", Topic: 1, CreatedAt: time.Now().Add(time.Minute), CreatedBy: "U2"}
	if err := s.AddAnswer(ctx, a); err != nil {
		t.Fatal(err)
	}
	a.Change(reports.Revision{Question: a.Question, Text: "Five days."}, "U1", time.Now().Add(2*time.Minute))
	if ok, err := s.SwapAnswer(ctx, a, 1); err != nil || !ok {
		t.Fatal(ok, err)
	}
	want := `U1 answer.changed 0: Where is it?/On its way. -> Where is it?/Five days.
U2 answer.created 0:  -> Where is it?/On its way.
U2 topic.renamed 0: Refunds -> Money back
U1 topic.renamed 0: Where is my refund? -> Refunds`
	if got := trail(t, s, 1, 0); got != want {
		t.Errorf("topic 1 has\n%s\nwant\n%s", got, want)
	}
	want = `U1 topic.snoozed 0:  -> ` + Now.Format("2006-01-02") + `
U1 topic.merged 0: #4 -> #3 Odd
U1 questions.moved 1: #3 Odd -> #4 Odd`
	if got := trail(t, s, 4, 0); got != want {
		t.Errorf("topic 4, which is part of 3, has\n%s\nwant\n%s", got, want)
	}

	if err := s.AddSubscription(ctx, reports.Subscription{ID: "team", Channel: "C1", Schedule: "0 9 * * MON"}, "U1"); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*reports.Subscription)) {
		t.Helper()
		if err := s.ChangeSubscription(ctx, "team", "U2", f); err != nil {
			t.Fatal(err)
		}
	}
	change(func(sub *reports.Subscription) { sub.Channel = "C2" })
	change(func(*reports.Subscription) {})
	change(func(sub *reports.Subscription) { sub.Paused = true })
	note := reports.Annotation{ID: "N1", Text: "new policy", At: Start, By: "U1", CreatedAt: time.Now()}
	if err := errors.Join(s.AddAnnotation(ctx, note), s.AddAnnotation(ctx, note), s.RemoveAnnotation(ctx, "N1", "U2")); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Annotations(ctx); err != nil || len(list) != 0 {
		t.Errorf("Annotations after a removal = %v, %v; want none", list, err)
	}
	if err := s.RemoveAnnotation(ctx, "none", "U2"); !errors.Is(err, reports.ErrNotFound) {
		t.Errorf("RemoveAnnotation(none) = %v; want not found", err)
	}
	if err := s.RemoveSubscription(ctx, "team", "U3"); err != nil {
		t.Fatal(err)
	}
	if subs, err := s.Subscriptions(ctx); err != nil || len(subs) != 0 {
		t.Errorf("Subscriptions after a removal = %v, %v; want none", subs, err)
	}
	if err := s.DeleteAnswer(ctx, "V1", "U3"); err != nil {
		t.Fatal(err)
	}
	all := trail(t, s, 0, 0)
	for _, line := range []string{
		"U1 schedule.created 0:  -> C1 0 9 * * MON", "U2 schedule.changed 0: C1 0 9 * * MON    -> C2 0 9 * * MON", "U2 schedule.paused", "U3 schedule.removed",
		"U1 note.added 0:  -> new policy", "U2 note.removed 0: new policy", "U3 answer.deleted 0: Where is it?/Five days. -> ", "U1 questions.dismissed 2:  -> spam",
	} {
		if strings.Count(all, line) != 1 {
			t.Errorf("the trail has %d times %q; want once:\n%s", strings.Count(all, line), line, all)
		}
	}
	if got := trail(t, s, 0, 3); strings.Count(got, "\n") != 2 {
		t.Errorf("three changes are\n%s", got)
	}

	var file bytes.Buffer
	if _, err := s.Export(ctx, &file, nil); err != nil {
		t.Fatal(err)
	}
	to := openStore(t, open(t))
	if _, err := to.Restore(ctx, &file, nil); err != nil {
		t.Fatal(err)
	}
	if got := trail(t, to, 0, 0); got != all {
		t.Errorf("after a restore the trail is\n%s\nwant\n%s", got, all)
	}

	if _, err := s.EraseVisitor(ctx, "", "vq00"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"vq03", "vq01", "vq04"} {
		if _, err := s.EraseVisitor(ctx, "", v); err != nil {
			t.Fatal(err)
		}
	}
	if got := trail(t, s, 0, 0); strings.Contains(strings.ToLower(got), "my refund") || strings.Contains(got, "forgot") || !strings.Contains(got, "U1 topic.renamed 0: … -> Refunds") {
		t.Errorf("after an erasure the trail says\n%s", got)
	}
}

// testReceipts holds that an event from Slack is dealt with once by all
// processes, and that this is not kept for ever.
func testReceipts(t *testing.T, open Open) {
	ctx := context.Background()
	b := open(t)
	s := openStore(t, b)
	for _, want := range []bool{false, true} {
		if got, err := s.Received(ctx, "Ev1"); err != nil || got != want {
			t.Errorf("Received = %v, %v; want %v", got, err, want)
		}
		if first, err := s.Receipt(ctx, "Ev1"); err != nil || first == want {
			t.Fatalf("Receipt = %v, %v; want whether it is the first", first, err)
		}
	}
	if _, err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Received(ctx, "Ev1"); err != nil || !got {
		t.Errorf("Received after a sweep = %v, %v; want true", got, err)
	}
}
