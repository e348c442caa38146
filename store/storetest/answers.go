package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
)

func testAnswers(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	for i, id := range []string{"V1", "V2", "V1"} {
		a := reports.Answer{ID: id, Question: "q", Text: fmt.Sprint(i), CreatedAt: Start.Add(time.Duration(i) * time.Hour), CreatedBy: "U1"}
		if err := s.AddAnswer(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Answers(ctx)
	if err != nil || len(list) != 2 || list[0].ID != "V2" || list[1].Text != "0" {
		t.Errorf("Answers = %+v, %v; want two, the latest first, each as it was first added", list, err)
	}
	a, version, err := s.Answer(ctx, "V1")
	if err != nil || version != 1 {
		t.Fatalf("Answer = version %d, %v", version, err)
	}
	a.Text = "changed"
	for _, want := range []bool{true, false} {
		if ok, err := s.SwapAnswer(ctx, a, version); err != nil || ok != want {
			t.Errorf("SwapAnswer of version %d = %v, %v; want %v", version, ok, err, want)
		}
	}
	if err := s.DeleteAnswer(ctx, "V1", "U1"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Answer(ctx, "V1"); !errors.Is(err, reports.ErrNotFound) {
		t.Errorf("Answer after a deletion: %v; want not found", err)
	}
}

// testTelling holds that every change of an answer is told until it is taken.
func testTelling(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	var told []string
	tell := func(a reports.Answer) error {
		if a.Text == "refused" {
			return errors.New("the receiver is away")
		}
		told = append(told, fmt.Sprint(a.ID, " ", a.Text, " ", a.Deleted))
		return nil
	}
	check := func(want string, fails bool) {
		t.Helper()
		told = nil
		if _, err := s.TellAnswers(ctx, tell); (err != nil) != fails {
			t.Errorf("TellAnswers: %v; want an error: %v", err, fails)
		}
		if got := strings.Join(told, ", "); got != want {
			t.Errorf("told %q; want %q", got, want)
		}
	}
	check("", false)
	for _, a := range []reports.Answer{{ID: "A", Text: "one"}, {ID: "B", Text: "refused"}, {ID: "C", Text: "three"}} {
		if err := s.AddAnswer(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	check("A one false, C three false", true)
	check("", true)
	b, version, err := s.Answer(ctx, "B")
	if err != nil {
		t.Fatal(err)
	}
	b.Text = "two"
	if ok, err := s.SwapAnswer(ctx, b, version); err != nil || !ok {
		t.Fatal(ok, err)
	}
	check("B two false", false)
	check("", false)
	if err := s.DeleteAnswer(ctx, "A", "U1"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Answers(ctx); err != nil || len(list) != 2 {
		t.Errorf("Answers after a deletion = %v, %v; want two", list, err)
	}
	check("A one true", false)
	check("", false)
	// One that changes while it is told is told again.
	if _, err := s.TellAnswers(ctx, func(reports.Answer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	c, version, _ := s.Answer(ctx, "C")
	c.Text = "four"
	if ok, err := s.SwapAnswer(ctx, c, version); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := s.TellAnswers(ctx, func(a reports.Answer) error {
		a.Text = "five"
		_, err := s.SwapAnswer(ctx, a, version+1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	check("C five false", false)
}

func testTicks(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	if ticks, err := s.Ticks(ctx, "V1"); err != nil || len(ticks.Questions) != 0 {
		t.Errorf("Ticks of no view = %+v, %v; want none", ticks, err)
	}
	for _, n := range []int{4, 2, 4, 9} {
		if err := s.ChangeTicks(ctx, "V1", func(t *topics.Ticks) { t.Set(n, true) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.ChangeTicks(ctx, "V1", func(t *topics.Ticks) { t.Set(4, false); t.Set(5, false) }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if ticks, err := s.Ticks(ctx, "V1"); err != nil || fmt.Sprint(ticks.Questions) != "[2 9]" {
		t.Errorf("Ticks = %+v, %v; want 2 and 9", ticks, err)
	}
}
