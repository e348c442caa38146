package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"agentreport/bot"
	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/reports/topics"
	"agentreport/store"
	"agentreport/store/storetest"
)

// asks records unanswered questions, a minute apart.
func (w *workspace) asks(texts ...string) {
	w.t.Helper()
	var list []reports.Event
	for i, q := range texts {
		id := fmt.Sprintf("%s %d", q, i)
		list = append(list, reports.Event{
			ID: id, Source: "shop", Conversation: id, Type: reports.Unanswered, Channel: []string{"chat", "email"}[i%2],
			At: storetest.Start.Add(time.Duration(i) * time.Minute), Question: q, URL: "https://desk.example.com/" + fmt.Sprint(i),
		})
	}
	if _, err := w.store.Record(w.t.Context(), list); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.Group(w.t.Context(), nil); err != nil {
		w.t.Fatal(err)
	}
}

// top waits until the view on top of a person's stack is of a kind and says
// something, and returns it.
func (w *workspace) top(user, callback, says string) fakeslack.View {
	w.t.Helper()
	var top fakeslack.View
	until(w.t, w.slack, callback+" that says "+says, func() bool {
		modals, _ := w.slack.Views(user)
		if len(modals) == 0 {
			return false
		}
		top = modals[len(modals)-1]
		return strings.Contains(string(top.Body), `"callback_id":"`+callback+`"`) && strings.Contains(string(top.Body), says)
	})
	return top
}

// presses has a person press what bears an id in a view, and optionally a value.
func (w *workspace) presses(user string, v fakeslack.View, id, value string, values map[string]any) {
	w.t.Helper()
	e := find(w.t, v, id, value)
	if kind := e["type"]; kind == "static_select" || kind == "overflow" {
		for _, o := range e["options"].([]any) {
			if o.(map[string]any)["value"] == value {
				e["selected_option"] = o
			}
		}
	}
	if e["type"] == "checkboxes" {
		e["selected_options"] = e["options"]
	}
	if e["type"] == "plain_text_input" {
		e["value"] = value
	}
	a, err := w.slack.PressView(w.t.Context(), user, v.ID, e, values)
	if err != nil || a.Status != http.StatusOK {
		w.t.Fatalf("press %s: %+v, %v", id, a, err)
	}
}

// find is the first element of a view with an id, and with a value where one is
// given.
func find(t *testing.T, v fakeslack.View, id, value string) map[string]any {
	t.Helper()
	var view any
	if err := json.Unmarshal(v.Body, &view); err != nil {
		t.Fatal(err)
	}
	var found map[string]any
	var walk func(any)
	walk = func(x any) {
		switch x := x.(type) {
		case map[string]any:
			if x["action_id"] == id && (x["value"] == nil || value == "" || x["value"] == value) && found == nil {
				found = x
			}
			for _, y := range x {
				walk(y)
			}
		case []any:
			for _, y := range x {
				walk(y)
			}
		}
	}
	walk(view)
	if found == nil {
		t.Fatalf("the view has no %s %s: %s", id, value, v.Body)
	}
	return found
}

// ticked is the state of a page on which the boxes of some questions are ticked.
func ticked(numbers map[int]bool) map[string]any {
	values := map[string]any{}
	for n, on := range numbers {
		var options []any
		if on {
			options = append(options, map[string]any{"value": fmt.Sprint(n), "text": map[string]any{"type": "plain_text", "text": "x"}})
		}
		values[fmt.Sprint("tick ", n)] = map[string]any{"topic_tick": map[string]any{"type": "checkboxes", "selected_options": options}}
	}
	return values
}

// typed is the state of a form in which something is typed.
func typed(pairs ...string) map[string]any {
	values := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = map[string]any{pairs[i]: map[string]any{"type": "plain_text_input", "value": pairs[i+1]}}
	}
	return values
}

func chosen(id, value string) map[string]any {
	return map[string]any{id: map[string]any{id: map[string]any{"type": "static_select", "selected_option": map[string]any{"value": value}}}}
}

func (w *workspace) submits(user string, v fakeslack.View, values map[string]any) string {
	w.t.Helper()
	a, err := w.slack.SubmitView(w.t.Context(), user, v.ID, values)
	if err != nil || a.Status != http.StatusOK {
		w.t.Fatalf("submit: %+v, %v", a, err)
	}
	return string(a.Body)
}

// searches has a person search a list, and waits until it says something.
func (w *workspace) searches(user string, list fakeslack.View, text, says string) fakeslack.View {
	w.t.Helper()
	kind := callback(w.t, list)
	w.presses(user, list, "search", "", nil)
	if said := w.submits(user, w.top(user, "search_form", ""), typed("search_text", text)); said != "" {
		w.t.Fatalf("the search is answered with %q; want that it closes", said)
	}
	return w.top(user, kind, says)
}

// callback says which view a view is.
func callback(t *testing.T, v fakeslack.View) string {
	t.Helper()
	var body struct {
		CallbackID string `json:"callback_id"`
	}
	if err := json.Unmarshal(v.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body.CallbackID
}

// gaps has a person open the table.
func (w *workspace) gaps(user, says string) fakeslack.View {
	w.t.Helper()
	if a, err := w.slack.Command(w.t.Context(), user, team, bot.CommandName, "gaps"); err != nil || a.Status != http.StatusOK {
		w.t.Fatalf("gaps: %+v, %v", a, err)
	}
	return w.top(user, "gaps", says)
}

func TestGapsTable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.gaps(editor, "Nothing is open")
		texts := []string{
			"where is my refund", "I forgot my password", "do you ship to Norway", "is the lamp vegan", "opening hours on Sunday", "send me an invoice for taxes",
			"voucher code rejected at checkout", "which size fits toddlers", "battery warranty length", "can I talk to a human", "gift wrapping available", "cancel subscription now",
		}
		w.asks(append(texts, "where is my refund?", "my refund, where is it <!channel>")...)
		v := w.gaps(editor, "1–10 of 12")
		if body := string(v.Body); !strings.Contains(body, "*Where is my refund*\\n3 conversations") || strings.Contains(body, "<!channel>") {
			t.Errorf("the table: %s", body)
		}
		w.presses(editor, v, "gaps_page_next", "1", nil)
		v = w.top(editor, "gaps", "11–12 of 12")
		v = w.searches(editor, v, "invoices", "1–1 of 1")
		v = w.searches(editor, v, "nonsense", "Nothing fits")
		v = w.searches(editor, v, "", "1–10 of 12")
		v = w.searches(editor, v, "invoices", "1–1 of 1")
		w.presses(editor, v, "search_clear", "", nil)
		v = w.top(editor, "gaps", "1–10 of 12")
		w.presses(editor, v, "gaps_channel", "email", nil)
		v = w.top(editor, "gaps", "1–7 of 7")
		w.presses(editor, v, "gaps_status", "dismissed", nil)
		w.top(editor, "gaps", "Nothing fits")
		// Spanish, for who has it; who may only look may search; and from a button in
		// a message.
		w.searches(viewer, w.gaps(viewer, "1–10 de 12"), "invoice", "1–1 de 1")
		a, err := w.slack.Press(t.Context(), viewer, team, "1.1", map[string]any{"action_id": "gaps_show", "type": "button", "value": "open"})
		if err != nil || a.Status != http.StatusOK {
			t.Fatalf("press: %+v, %v", a, err)
		}
		w.top(viewer, "gaps", "1–10 de 12")
	})
}

func TestDismissAndUndo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund", "I forgot my password", "where is my refund?", "where is the refund")
		table := w.gaps(editor, "1–2 of 2")
		w.presses(editor, table, "gaps_open", "1", nil)
		page := w.top(editor, "topic", "3 questions")
		w.presses(editor, page, "topic_dismiss", "", ticked(map[int]bool{0: false, 2: false, 3: false}))
		refusal := w.top(editor, "refused", "Choose at least one question")
		w.slack.CloseView(refusal.ID)

		w.presses(editor, page, "topic_dismiss", "", ticked(map[int]bool{0: true, 2: true, 3: false}))
		form := w.top(editor, "dismiss", "2 questions will be taken")
		values := typed("dismiss", "out of <@U1> scope")
		if said := w.submits(editor, form, values); strings.TrimSpace(said) != "" && said != "null" {
			t.Errorf("the answer to the form: %q; want nothing", said)
		}
		page = w.top(editor, "topic", "2 questions dismissed.")
		list, _, err := w.store.Questions(t.Context(), 1, topics.StatusDismissed, 0, 0)
		if err != nil || len(list) != 2 || list[0].Since.By != editor || list[0].Since.Reason != "out of <@U1> scope" {
			t.Fatalf("dismissed: %+v, %v", list, err)
		}
		w.presses(editor, page, "topic_reopen", "2,0", nil)
		w.top(editor, "topic", "Open again.")
		if _, n, _ := w.store.Questions(t.Context(), 1, topics.StatusOpen, 0, 0); n != 3 {
			t.Errorf("%d open questions after an undo; want 3", n)
		}
	})
}

func TestWholeTopicAndForms(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		var texts []string
		for range 12 {
			texts = append(texts, "where is my refund")
		}
		w.asks(append(texts, "I forgot my password")...)
		table := w.gaps(editor, "1–2 of 2")
		w.presses(editor, table, "gaps_open", "1", nil)
		page := w.top(editor, "topic", "1–10 of 12")

		w.presses(editor, page, "topic_more", "rename", nil)
		form := w.top(editor, "rename", "Where is my refund")
		if said := w.submits(editor, form, typed("rename", "  ")); !strings.Contains(said, "needs a name") {
			t.Errorf("no name: %q", said)
		}
		w.submits(editor, form, typed("rename", "Refunds"))
		page = w.top(editor, "topic", "*Refunds*")

		w.presses(editor, page, "topic_more", "snooze", nil)
		form = w.top(editor, "snooze", "Hide it for")
		w.submits(editor, form, chosen("snooze", "14"))
		page = w.top(editor, "topic", "Snoozed.")
		w.presses(editor, page, "topic_more", "wake", nil)
		page = w.top(editor, "topic", "Back in the table.")

		w.presses(editor, page, "topic_more", "merge", nil)
		form = w.top(editor, "merge", "external_select")
		if got := w.options(editor, form, "merge", ""); got != "I forgot my password=2" {
			t.Errorf("topics to merge with: %s", got)
		}
		if got := w.options(editor, form, "merge", "passwords"); got != "I forgot my password=2" {
			t.Errorf("topics to merge with, searched: %s", got)
		}
		if got := w.options(guest, form, "merge", ""); got != "" {
			t.Errorf("a guest is offered %s", got)
		}
		if said := w.submits(editor, form, chosen("merge", "1")); !strings.Contains(said, "another topic") {
			t.Errorf("merged with itself: %q", said)
		}
		for _, none := range []string{"3", "99999", "-1"} {
			if said := w.submits(editor, form, chosen("merge", none)); !strings.Contains(said, "There is no such topic") {
				t.Errorf("merged with topic %s: %q", none, said)
			}
		}
		w.submits(editor, form, chosen("merge", "2"))
		page = w.top(editor, "topic", "13 questions")

		w.presses(editor, page, "topic_more", "move", ticked(map[int]bool{12: true}))
		form = w.top(editor, "move", "One question will move")
		if said := w.submits(editor, form, nil); !strings.Contains(said, "Choose a topic") {
			t.Errorf("moved nowhere: %q", said)
		}
		for _, none := range []string{"3", "77"} {
			if said := w.submits(editor, form, chosen("move", none)); !strings.Contains(said, "There is no such topic") {
				t.Errorf("moved to topic %s: %q", none, said)
			}
		}
		w.submits(editor, form, typed("new_name", "Passwords"))
		page = w.top(editor, "topic", "12 questions")
		if moved, err := w.store.Topic(t.Context(), 3); err != nil || moved.Name != "Passwords" || moved.Questions != 1 {
			t.Errorf("the new topic: %+v, %v", moved, err)
		}

		w.presses(editor, page, "topic_all", "", nil)
		page = w.top(editor, "topic", `"initial_options"`)
		w.asks("where is my refund once more")
		w.presses(editor, page, "topic_dismiss", "", nil)
		form = w.top(editor, "dismiss", "12 questions will be taken")
		w.submits(editor, form, nil)
		w.top(editor, "topic", "12 questions dismissed.")
		again, err := w.slack.Interact(t.Context(), editor, map[string]any{"type": "view_submission", "view": map[string]any{
			"id": form.ID, "callback_id": "dismiss", "private_metadata": metadata(t, form), "state": map[string]any{"values": map[string]any{}},
		}})
		if err != nil || strings.Contains(string(again.Body), "errors") {
			t.Errorf("the same form sent twice: %q, %v; want nothing", again.Body, err)
		}
		got, err := w.store.Topic(t.Context(), 1)
		if err != nil || got.Status != topics.StatusOpen || got.Questions != 1 {
			t.Errorf("the topic after all was dismissed and one came: %+v, %v", got, err)
		}
	})
}

func TestViewersLookOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.restart(func(c *bot.Config) { c.Editors = []string{"S0000000001"} })
		w.asks("where is my refund")
		table := w.gaps(viewer, "1–1 de 1")
		w.presses(viewer, table, "gaps_open", "1", nil)
		page := w.top(viewer, "topic", "1 pregunta")
		if strings.Contains(string(page.Body), "topic_dismiss") || strings.Contains(string(page.Body), "topic_tick") {
			t.Errorf("a viewer can do more than look: %s", page.Body)
		}
		// What the page does not offer is refused all the same.
		a, err := w.slack.PressView(t.Context(), viewer, page.ID, map[string]any{"action_id": "topic_dismiss", "type": "button", "value": "chosen"}, nil)
		if err != nil || a.Status != http.StatusOK {
			t.Fatalf("press: %+v, %v", a, err)
		}
		form := w.top(viewer, "refused", "Solo los editores")
		forged, err := w.slack.Interact(t.Context(), viewer, map[string]any{"type": "view_submission", "view": map[string]any{
			"id": form.ID, "callback_id": "rename", "private_metadata": `{"page":"x","was":{"topic":1}}`, "state": map[string]any{"values": typed("rename", "Mine")},
		}})
		if err != nil || !strings.Contains(string(forged.Body), "Solo los editores") {
			t.Errorf("a forged form: %+v, %v; want a refusal", forged, err)
		}
		if topic, _ := w.store.Topic(t.Context(), 1); topic.Name != "Where is my refund" {
			t.Errorf("the topic is called %q", topic.Name)
		}
		for user, says := range map[string]string{guest: "guests", stranger: "own workspace"} {
			if a, err := w.slack.Command(t.Context(), user, team, bot.CommandName, "gaps"); err != nil || a.Status != http.StatusOK {
				t.Fatalf("gaps: %+v, %v", a, err)
			}
			w.top(user, "refused", says)
		}
	})
}

// TestGapsStoreAway holds that a form is not lost when the store is away.
func TestGapsStoreAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund")
		table := w.gaps(editor, "1–1 of 1")
		w.presses(editor, table, "gaps_open", "1", nil)
		page := w.top(editor, "topic", "1 question")
		w.presses(editor, page, "topic_more", "rename", nil)
		form := w.top(editor, "rename", "Where is my refund")
		w.restart(func(c *bot.Config) { c.Store = noDecisions{w.store} })
		if said := w.submits(editor, form, typed("rename", "Refunds")); !strings.Contains(said, `"response_action":"errors"`) || !strings.Contains(said, "Nothing you wrote is lost") {
			t.Errorf("the store is away: %q; want that the form stays", said)
		}
		w.restart(func(c *bot.Config) { c.Store = w.store })
		w.submits(editor, form, typed("rename", "Refunds"))
		w.top(editor, "topic", "*Refunds*")
	})
}

type noDecisions struct{ bot.Store }

func (noDecisions) Decide(context.Context, func(*topics.State) (topics.Entry, error)) error {
	return fmt.Errorf("topics: %w", store.ErrAway)
}

// TestCancelledForms holds that a form that was closed leaves nothing behind, and
// that of all but one, one stays.
func TestCancelledForms(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund", "where is my refund", "where is my refund")
		table := w.gaps(editor, "1–1 of 1")
		w.presses(editor, table, "gaps_open", "1", nil)
		page := w.top(editor, "topic", "3 questions")
		w.presses(editor, page, "topic_answer", "", nil)
		w.slack.CloseView(w.top(editor, "answer", "It closes 3 questions.").ID)
		w.presses(editor, page, "topic_dismiss", "", ticked(map[int]bool{0: true, 1: false, 2: false}))
		w.slack.CloseView(w.top(editor, "dismiss", "One question will be taken").ID)

		w.presses(editor, page, "topic_all", "", nil)
		page = w.top(editor, "topic", `"initial_options"`)
		a, err := w.slack.PressView(t.Context(), editor, page.ID, map[string]any{
			"action_id": "topic_tick", "block_id": "tick 1", "type": "checkboxes", "selected_options": []any{},
		}, nil)
		if err != nil || a.Status != http.StatusOK {
			t.Fatalf("untick: %+v, %v", a, err)
		}
		ticks := func() topics.Ticks {
			ticks, err := w.store.Ticks(t.Context(), page.ID)
			if err != nil {
				t.Fatal(err)
			}
			return ticks
		}
		for deadline := time.Now().Add(10 * time.Second); len(ticks().Except) == 0 && time.Now().Before(deadline); {
			runtime.Gosched() // nothing in Slack changes by a tick
		}
		w.presses(editor, page, "topic_dismiss", "", nil)
		w.top(editor, "dismiss", "2 questions will be taken")
	})
}

// answer is the state of the form of a short answer.
func answer(question, text string) map[string]any {
	values := typed("answer_question", question, "answer_text", text)
	for k, v := range chosen("answer_language", "en") {
		values[k] = v
	}
	return values
}

func TestShortAnswers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund", "I forgot my password", "where is my refund?", "where is the refund")
		table := w.gaps(editor, "1–2 of 2")
		w.presses(editor, table, "gaps_open", "1", nil)
		page := w.top(editor, "topic", "3 questions")
		w.presses(editor, page, "topic_answer", "", nil)
		form := w.top(editor, "answer", "It closes 3 questions.")
		w.asks("where is my refund then") // comes too late to be closed
		if said := w.submits(editor, form, answer("Where is my refund?", " ")); !strings.Contains(said, "Write the answer first") {
			t.Errorf("no answer: %q", said)
		}
		written := answer("Where is my refund?", "*14 days* after we have it. <!channel>")
		w.presses(editor, form, "answer_preview", "", written)
		form = w.top(editor, "answer", "4 open questions are about the same")
		if body := string(form.Body); !strings.Contains(body, "*14 days* after") || strings.Contains(body, `"text":"*14 days* after we have it. <!channel>"`) {
			t.Errorf("the preview: %s", body)
		}
		first := w.submits(editor, form, written)
		w.top(editor, "topic", "Answered; 3 questions closed.")
		// The same form once more, as Slack or a hurried person sends it.
		again, err := w.slack.Interact(t.Context(), editor, map[string]any{"type": "view_submission", "view": map[string]any{
			"id": form.ID, "callback_id": "answer", "private_metadata": metadata(t, form), "state": map[string]any{"values": written},
		}})
		if err != nil || string(again.Body) != first {
			t.Errorf("sent twice: %q, %v; want the same as the first time, %q", again.Body, err, first)
		}
		list, err := w.store.Answers(t.Context())
		if err != nil || len(list) != 1 || list[0].ID != form.ID || list[0].CreatedBy != editor || list[0].Topic != 1 {
			t.Fatalf("answers: %+v, %v; want one", list, err)
		}
		topic, err := w.store.Topic(t.Context(), 1)
		if err != nil || topic.Status != topics.StatusOpen || topic.Questions != 1 {
			t.Errorf("the topic: %+v, %v; want the late question open", topic, err)
		}

		if a, err := w.slack.Command(t.Context(), editor, team, bot.CommandName, "answers"); err != nil || a.Status != http.StatusOK {
			t.Fatalf("answers: %+v, %v", a, err)
		}
		all := w.top(editor, "answers", "Where is my refund?")
		w.presses(editor, all, "answers_edit", list[0].ID, nil)
		mine := w.top(editor, "answer", "Edit answer")
		// Somebody else is faster.
		theirs, version, _ := w.store.Answer(t.Context(), list[0].ID)
		theirs.Change(reports.Revision{Question: theirs.Question, Text: "Ask the shop.", Language: "en"}, viewer, time.Now())
		if ok, err := w.store.SwapAnswer(t.Context(), theirs, version); err != nil || !ok {
			t.Fatal(ok, err)
		}
		said := w.submits(editor, mine, answer("Where is my refund?", "10 days."))
		if !strings.Contains(said, "Somebody else changed this answer") {
			t.Fatalf("two people at once: %q; want to be told", said)
		}
		if mine = w.top(editor, "answer", "Ask the shop."); !strings.Contains(string(mine.Body), "10 days.") {
			t.Fatalf("two people at once: %s; want to see both", mine.Body)
		}
		second, err := w.slack.Interact(t.Context(), editor, map[string]any{"type": "view_submission", "view": map[string]any{
			"id": mine.ID, "callback_id": "answer", "private_metadata": metadata(t, mine), "state": map[string]any{"values": answer("Where is my refund?", "10 days.")},
		}})
		if err != nil || strings.Contains(string(second.Body), "errors") {
			t.Fatalf("the second time: %q, %v", second.Body, err)
		}
		if a, _, err := w.store.Answer(t.Context(), list[0].ID); err != nil || a.Text != "10 days." || len(a.History) != 2 || a.History[1].Text != "Ask the shop." {
			t.Errorf("the answer: %+v, %v; want both changes in its history", a, err)
		}
		w.slack.CloseView(mine.ID)
		all = w.top(editor, "answers", "10 days.")
		all = w.searches(editor, all, "lamp", "Nothing fits")
		all = w.searches(editor, all, "refund", "10 days.")
		w.presses(editor, all, "answers_delete", list[0].ID, nil)
		w.top(editor, "answers", "Nothing fits")
		if list, _ := w.store.Answers(t.Context()); len(list) != 0 {
			t.Errorf("answers after a deletion: %+v", list)
		}
	})
}

func metadata(t *testing.T, v fakeslack.View) string {
	t.Helper()
	var view struct {
		Metadata string `json:"private_metadata"`
	}
	if err := json.Unmarshal(v.Body, &view); err != nil {
		t.Fatal(err)
	}
	return view.Metadata
}
