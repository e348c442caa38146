package bot_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentreport/bot"
	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/reports/topics"
)

// options are what a menu of a view offers for what a person typed.
func (w *workspace) options(user string, v fakeslack.View, id, typed string) string {
	w.t.Helper()
	a, err := w.slack.Suggest(w.t.Context(), user, v.ID, id, typed)
	var out struct {
		Options []struct {
			Text  struct{ Text string }
			Value string
		}
	}
	if err != nil || a.Status != http.StatusOK || json.Unmarshal(a.Body, &out) != nil {
		w.t.Fatalf("options of %s: %d %s, %v", id, a.Status, a.Body, err)
	}
	var list []string
	for _, o := range out.Options {
		list = append(list, o.Text.Text+"="+o.Value)
	}
	return strings.Join(list, ", ")
}

// opens has a person type a command that opens a modal.
func (w *workspace) opens(user, text, callback, says string) fakeslack.View {
	w.t.Helper()
	if a, err := w.slack.Command(w.t.Context(), user, team, bot.CommandName, text); err != nil || a.Status != http.StatusOK {
		w.t.Fatalf("%s: %+v, %v", text, a, err)
	}
	return w.top(user, callback, says)
}

// home has a person open the App Home, and returns it once it says something.
func (w *workspace) home(event, user, says string) fakeslack.View {
	w.t.Helper()
	if a, err := w.slack.OpenHome(w.t.Context(), event, user); err != nil || a.Status != http.StatusOK {
		w.t.Fatalf("home: %d %s, %v", a.Status, a.Body, err)
	}
	var home fakeslack.View
	until(w.t, w.slack, "a home that says "+says, func() bool {
		_, h := w.slack.Views(user)
		if h != nil {
			home = *h
		}
		return strings.Contains(string(home.Body), says)
	})
	return home
}

func TestNotesAndComments(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.restart(func(c *bot.Config) { c.Editors = []string{editor} })
		if m := w.says(editor, team, "note"); !strings.Contains(string(m.Blocks), "Nothing is noted yet") {
			t.Errorf("no notes: %s", m.Blocks)
		}
		if m := w.says(viewer, team, "note mine"); !strings.Contains(m.Text, "Solo los editores") {
			t.Errorf("a viewer's note: %q", m.Text)
		}
		if m := w.says(editor, team, "note "+strings.Repeat("x", 201)); !strings.Contains(m.Text, "too long") {
			t.Errorf("a long note: %q", m.Text)
		}
		day := time.Now().AddDate(0, 0, -20).Format(time.DateOnly)
		w.says(editor, team, "note "+day+" new <!channel> policy")
		m := w.says(editor, team, "note today's")
		if !strings.Contains(m.Text, "Noted.") || !strings.Contains(m.Text, "new &lt;!channel&gt; policy") || !strings.Contains(m.Text, "today's") {
			t.Errorf("two notes: %q", m.Text)
		}
		w.fill()
		m = w.says(editor, team, "rates last 8 weeks")
		if !strings.Contains(string(m.Blocks), "policy") { // in the picture's alternative text
			t.Errorf("the chart does not know the note: %s", m.Blocks)
		}
		m = w.says(editor, team, "note")
		before := len(w.slack.Messages(team))
		if _, err := w.slack.Press(t.Context(), editor, team, m.TS, element(t, fakeslack.Message{Blocks: accessories(t, m)}, "note_remove")); err != nil {
			t.Fatal(err)
		}
		until(t, w.slack, "a note less", func() bool {
			list := w.slack.Messages(team)
			return len(list) == before && strings.Contains(list[len(list)-1].Text, "Removed.")
		})
		if list, err := w.store.Annotations(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("notes left: %v, %v; want one", list, err)
		}

		var said []reports.Event
		for i, r := range []reports.Rating{reports.Positive, reports.Negative, reports.Neutral} {
			said = append(said, reports.Event{
				ID: fmt.Sprint("said", i), Source: "shop", Conversation: fmt.Sprint("said", i), Type: reports.Feedback, At: time.Now().AddDate(0, 0, -10),
				Rating: r, Comment: "it was " + string(r), URL: "https://desk.example.com/" + fmt.Sprint(i),
			})
		}
		if _, err := w.store.Record(t.Context(), said); err != nil {
			t.Fatal(err)
		}
		m = w.says(editor, team, "feedback last 8 weeks channel:unknown")
		bad, good := strings.Index(string(m.Blocks), "it was negative"), strings.Index(string(m.Blocks), "it was positive")
		if bad < 0 || good < bad || !strings.Contains(string(m.Blocks), "desk.example.com/1") {
			t.Errorf("feedback: %s", m.Blocks)
		}
		m = w.says(viewer, team, "explain said1")
		if !strings.Contains(string(m.Blocks), "said1") || !strings.Contains(string(m.Blocks), "no tiene resultado") {
			t.Errorf("explain in Spanish: %s", m.Blocks)
		}
		for text, want := range map[string]string{"explain": "Which conversation?", "explain nobody": "nothing of that name"} {
			if m := w.says(editor, team, text); !strings.Contains(m.Text, want) {
				t.Errorf("%s: %q; want %q", text, m.Text, want)
			}
		}
	})
}

// accessories are the elements beside a message's sections, as if in one block.
func accessories(t *testing.T, m fakeslack.Message) json.RawMessage {
	t.Helper()
	var blocks []struct {
		Accessory map[string]any `json:"accessory"`
	}
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		t.Fatal(err)
	}
	var elements []map[string]any
	for _, b := range blocks {
		if b.Accessory != nil {
			elements = append(elements, b.Accessory)
		}
	}
	raw, err := json.Marshal([]any{map[string]any{"elements": elements}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestHome(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		h := w.home("Ev1", editor, "Nothing happened last week")
		if !strings.Contains(string(h.Body), "No events have come in yet") || !strings.Contains(string(h.Body), "No channel gets the digest") {
			t.Errorf("the empty home of an admin: %s", h.Body)
		}
		w.asks("where is my refund", "where is my refund?", "I forgot my password")
		hash := h.Hash
		if again := w.home("Ev1", editor, "Nothing happened"); again.Hash != hash {
			t.Error("a repeated event published again")
		}
		h = w.home("Ev2", editor, "Where is my refund")
		if strings.Contains(string(w.home("Ev3", viewer, "Lagunas").Body), "Por arreglar") {
			t.Error("who is no admin is told what is to be mended")
		}
		w.home("Ev4", guest, "guests of the workspace")

		// Slack repeats what failed, and that is not taken for done.
		w.slack.Fail("views.publish", fakeslack.Fault{Error: "internal_error"})
		a, err := w.slack.OpenHome(t.Context(), "Ev5", editor)
		if err == nil && a.Status == http.StatusOK {
			t.Errorf("an event that failed was acknowledged: %+v", a)
		}
		w.home("Ev5", editor, "Where is my refund")

		w.presses(editor, h, "home_topic", "1", nil)
		page := w.top(editor, "topic", "2 questions")
		w.presses(editor, page, "topic_all", "", nil)
		page = w.top(editor, "topic", `"initial_options"`)
		w.presses(editor, page, "topic_dismiss", "", nil)
		w.submits(editor, w.top(editor, "dismiss", "2 questions will be taken"), nil)
		until(t, w.slack, "a home without the topic", func() bool {
			_, h := w.slack.Views(editor)
			return !strings.Contains(string(h.Body), "Where is my refund") && strings.Contains(string(h.Body), "I forgot my password")
		})
		for id, callback := range map[string]string{"gaps_show": "gaps", "answers_show": "answers", "schedules_show": "schedules"} {
			_, now := w.slack.Views(editor)
			w.presses(editor, *now, id, "", nil)
			w.top(editor, callback, "")
		}
	})
}

// schedule is the state of the form for a schedule.
func schedule(channel, day, at, zone string, sections ...string) map[string]any {
	var ticked []any
	for _, s := range sections {
		ticked = append(ticked, map[string]any{"value": s})
	}
	in := func(id string, value map[string]any) map[string]any { return map[string]any{id: value} }
	option := func(value string) map[string]any {
		return map[string]any{"selected_option": map[string]any{"value": value}}
	}
	values := map[string]any{
		"schedule_channel":  in("schedule_channel", map[string]any{"type": "conversations_select", "selected_conversation": channel}),
		"schedule_time":     in("schedule_time", map[string]any{"type": "timepicker", "selected_time": at}),
		"schedule_sections": in("schedule_sections", map[string]any{"type": "checkboxes", "selected_options": ticked}),
	}
	for id, value := range map[string]string{"schedule_day": day, "schedule_zone": zone, "schedule_language": "es", "schedule_filter": "*", "schedule_definition": "durable"} {
		values[id] = in(id, option(value))
	}
	return values
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		list := w.opens(editor, "schedule", "schedules", "No channel gets the digest yet")
		w.presses(editor, list, "schedules_new", "new", nil)
		form := w.top(editor, "schedule", "Europe/Madrid") // the person's own zone
		if got := w.options(editor, form, "schedule_zone", "bogo"); got != "America/Bogota=America/Bogota" {
			t.Errorf("zones: %s", got)
		}
		if got := w.options(editor, form, "schedule_zone", "Indian/Maldives"); got != "Indian/Maldives=Indian/Maldives" {
			t.Errorf("a zone typed in full: %s", got)
		}
		if got := w.options(editor, form, "schedule_filter", "EMAIL"); !strings.Contains(got, "All channels=*") || !strings.Contains(got, "=email") {
			t.Errorf("channels: %s", got)
		}
		for _, tt := range []struct {
			values map[string]any
			want   string
		}{
			{schedule("", "1", "09:00", "UTC"), `"schedule_channel":"Choose a channel`},
			{schedule("C0000000002", "1", "09:00", "UTC"), `"schedule_channel":"I am not in that channel`},
			{schedule(shared, "1", "09:00", "UTC"), `"schedule_channel":"That channel is shared`},
			{schedule("C0000000004", "1", "09:00", "UTC"), `"schedule_channel":"That channel is archived`},
			{schedule("C9", "1", "09:00", "UTC"), `"schedule_channel":"That channel does not exist`},
			{schedule(team, "1", "09:00", "Nowhere/At_all"), `"schedule_zone":"That is not a time zone`},
			{schedule(team, "1", "9 o'clock", "UTC"), `"schedule_time":"Choose a time`},
			{schedule(team, "1", "01:00", "Asia/Tokyo"), `"schedule_time":"That is before the week`},
		} {
			if said := w.submits(editor, form, tt.values); !strings.Contains(said, tt.want) {
				t.Errorf("the form says %s; want %s", said, tt.want)
			}
		}
		values := schedule(team, "2", "08:30", "Europe/Madrid", "gaps", "charts")
		w.submits(editor, form, values)
		list = w.top(editor, "schedules", "The schedule is made")
		if !strings.Contains(string(list.Body), "every Tuesday at 08:30") {
			t.Errorf("the list: %s", list.Body)
		}
		again, err := w.slack.Interact(t.Context(), editor, map[string]any{"type": "view_submission", "view": map[string]any{
			"id": form.ID, "callback_id": "schedule", "private_metadata": metadata(t, form), "state": map[string]any{"values": values},
		}})
		subs, listErr := w.store.Subscriptions(t.Context())
		if err != nil || strings.Contains(string(again.Body), "errors") || listErr != nil || len(subs) != 1 {
			t.Fatalf("the same form sent twice: %s, %v; %d schedules", again.Body, err, len(subs))
		}
		sub := subs[0]
		if sub.Schedule != "30 8 * * TUE" || sub.Language != "es" || sub.Definition != "durable" || sub.CreatedBy != editor || fmt.Sprint(sub.Sections) != "[charts gaps]" {
			t.Errorf("the schedule is %+v", sub)
		}
		w.presses(editor, list, "schedules_new", "new", nil)
		second := w.top(editor, "schedule", "Europe/Madrid")
		if said := w.submits(editor, second, values); !strings.Contains(said, "gets this digest already") {
			t.Errorf("a second digest to the same channel: %s", said)
		}
		// What is doubtful is asked about, and taken when it is sent again.
		filtered := func(filter string) map[string]any {
			values := schedule(team, "3", "10:00", "UTC")
			values["schedule_filter"] = map[string]any{"schedule_filter": map[string]any{"selected_option": map[string]any{"value": filter}}}
			values["schedule_alert"] = map[string]any{"schedule_alert": map[string]any{"type": "conversations_select", "selected_conversation": team}}
			return values
		}
		for _, asked := range [][2]string{{"fax", "No conversation of the last weeks"}, {"email", "a digest of other conversations"}} {
			filter, question := asked[0], asked[1]
			if said := w.submits(editor, second, filtered(filter)); !strings.Contains(said, question) || !strings.Contains(said, "Send it again if you mean it") {
				t.Errorf("a digest of %s: %s; want to be asked", filter, said)
			}
			second = w.top(editor, "schedule", question)
			if subs, err := w.store.Subscriptions(t.Context()); err != nil || len(subs) != 1 {
				t.Fatalf("%d schedules after a question, %v", len(subs), err)
			}
		}
		w.submits(editor, second, filtered("email"))
		list = w.top(editor, "schedules", "failures also to")
		if err := w.store.RemoveSubscription(t.Context(), second.ID, editor); err != nil {
			t.Fatal(err)
		}
		w.slack.CloseView(list.ID)
		list = w.opens(editor, "schedule", "schedules", "every Tuesday at 08:30")
		w.presses(editor, list, "schedules_more", "pause:"+sub.ID, nil)
		list = w.top(editor, "schedules", "Paused. Nothing is sent")
		w.presses(editor, list, "schedules_more", "resume:"+sub.ID, nil)
		list = w.top(editor, "schedules", "Resumed.")
		w.presses(editor, list, "schedules_more", "send_me:"+sub.ID, nil)
		list = w.top(editor, "schedules", "Sent.")
		if got := w.slack.Direct(editor); len(got) != 2 || !strings.Contains(got[0].Text, "Impacto de la semana") || got[1].ThreadTS != got[0].TS || len(w.slack.Messages(team)) != 0 {
			t.Errorf("sent to me: %d messages", len(got))
		}
		w.presses(editor, list, "schedules_more", "send:"+sub.ID, nil)
		sure := w.top(editor, "schedule_confirm", "for everybody there")
		w.submits(editor, sure, nil)
		if _, err := w.slack.Interact(t.Context(), editor, map[string]any{"type": "view_submission", "view": map[string]any{
			"id": sure.ID, "callback_id": "schedule_confirm", "private_metadata": metadata(t, sure), "state": map[string]any{"values": map[string]any{}},
		}}); err != nil {
			t.Fatal(err)
		}
		until(t, w.slack, "a digest in the channel", func() bool { return len(w.slack.Messages(team)) == 2 })
		list = w.top(editor, "schedules", "posted")
		w.presses(editor, list, "schedules_more", "edit:"+sub.ID, nil)
		form = w.top(editor, "schedule", "08:30")
		w.submits(editor, form, schedule(team, "5", "17:00", "UTC"))
		list = w.top(editor, "schedules", "every Friday at 17:00")
		if n := len(w.slack.Messages(team)); n != 2 {
			t.Errorf("sent twice with one form: %d messages; want a digest and its thread", n)
		}
		w.presses(editor, list, "schedules_more", "remove:"+sub.ID, nil)
		w.submits(editor, w.top(editor, "schedule_confirm", "will be removed"), nil)
		w.top(editor, "schedules", "No channel gets the digest yet")
		trail := w.opens(editor, "audit", "audit", "removed a schedule")
		for _, want := range []string{"made a schedule", "changed a schedule", "paused a schedule", "resumed a schedule"} {
			if !strings.Contains(string(trail.Body), want) {
				t.Errorf("the trail does not say %q: %s", want, trail.Body)
			}
		}
		w.restart(func(c *bot.Config) { c.Editors = []string{"U0"} })
		list = w.opens(viewer, "schedule", "schedules", "")
		if strings.Contains(string(list.Body), "schedules_new") {
			t.Errorf("a viewer can make a schedule: %s", list.Body)
		}
		if said, err := w.slack.Interact(t.Context(), viewer, map[string]any{"type": "view_submission", "view": map[string]any{
			"id": "V9", "callback_id": "schedule", "private_metadata": "{}", "state": map[string]any{"values": values},
		}}); err != nil || !strings.Contains(string(said.Body), "Solo los editores") {
			t.Errorf("a viewer's forged form: %s, %v", said.Body, err)
		}
	})
}

// TestHints holds that a person who types is shown what is similar, at most once
// a second, and that nothing typed is lost.
func TestHints(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.asks("where is my refund", "I forgot my password", "I forgot my password!")
		if err := w.store.AddAnswer(t.Context(), reports.Answer{ID: "A1", Question: "I forgot my password", Text: "Use the link.", CreatedAt: time.Now(), CreatedBy: viewer}); err != nil {
			t.Fatal(err)
		}
		table := w.gaps(editor, "1–2 of 2")
		w.presses(editor, table, "gaps_open", "1", nil)
		page := w.top(editor, "topic", "1 question")
		w.presses(editor, page, "topic_answer", "", nil)
		form := w.top(editor, "answer", "Where is my refund")
		if strings.Contains(string(form.Body), "Use the link.") {
			t.Errorf("similar to a refund: %s", form.Body)
		}
		before, start := len(w.slack.Calls("views.update")), time.Now()
		text := "I forgot my password"
		for n := 12; n <= len(text); n++ {
			w.presses(editor, w.top(editor, "answer", ""), "answer_question", text[:n], typed("answer_question", text[:n], "answer_text", "half an ans"))
		}
		form = w.top(editor, "answer", "Use the link.")
		if n, most := len(w.slack.Calls("views.update"))-before, 2+int(time.Since(start).Seconds()); n > most {
			t.Errorf("%d updates in %s; want at most one a second", n, time.Since(start))
		}
		// A client that has not seen the last update sends the hash from before it.
		late := form
		w.presses(editor, late, "answer_question", "where is my", typed("answer_question", "where is my", "answer_text", "half an ans"))
		w.top(editor, "answer", `"initial_value":"where is my"`)
		e := find(t, late, "answer_question", "")
		e["value"] = "where is my refund"
		e["block_id"] = "answer_question"
		e["action_ts"] = fmt.Sprintf("%d.%06d", time.Now().Unix(), time.Now().Nanosecond()/1000)
		if a, err := w.slack.Interact(t.Context(), editor, map[string]any{"type": "block_actions", "actions": []any{e}, "view": map[string]any{
			"id": late.ID, "hash": late.Hash, "callback_id": "answer", "private_metadata": metadata(t, late),
			"state": map[string]any{"values": typed("answer_question", "where is my refund", "answer_text", "half an ans")},
		}}); err != nil || a.Status != http.StatusOK {
			t.Fatalf("%+v, %v", a, err)
		}
		form = w.top(editor, "answer", `"initial_value":"where is my refund"`)

		// What fails while one types takes nothing away.
		w.restart(func(c *bot.Config) { c.Editors = []string{"S0000000009"} })
		stale := form
		w.presses(editor, stale, "answer_question", "where", typed("answer_question", "where", "answer_text", "half an ans"))
		until(t, w.slack, "a question to Slack", func() bool { return len(w.slack.Calls("usergroups.users.list")) > 0 })
		if form = w.top(editor, "answer", "half an ans"); form.ID != stale.ID {
			t.Error("the form is gone")
		}
		if !strings.Contains(string(form.Body), "half an ans") || !strings.Contains(string(form.Body), "about the same") {
			t.Errorf("the form: %s", form.Body)
		}
	})
}

// TestTwoReplicas holds that any step of what a person does may reach any
// replica: nothing is kept in a process. It is the whole story: inspect, answer,
// the gap is gone, and the digest says so.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"HTTP", "Socket Mode"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			w := newReplicas(t, transport == "Socket Mode", 2)
			var asked []reports.Event
			for i := range 14 {
				id := fmt.Sprint("q", i)
				asked = append(asked, reports.Event{
					ID: id, Source: "shop", Conversation: id, Type: reports.Unanswered, Channel: "chat", Question: "can I pay with a zebra", At: time.Now().AddDate(0, 0, -9-i%3),
				})
			}
			if _, err := w.store.Record(t.Context(), asked); err != nil {
				t.Fatal(err)
			}
			if _, err := w.store.Group(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			var topic string
			page, _, err := w.store.Topics(t.Context(), topics.Filter{Search: "zebra"})
			if err != nil || len(page) != 1 {
				t.Fatal(page, err)
			}
			topic = fmt.Sprint(page[0].Topic)
			table := w.gaps(editor, "Knowledge gaps")
			table = w.searches(editor, table, "zebra", "1–1 of 1")
			w.presses(editor, table, "gaps_open", topic, nil)
			p := w.top(editor, "topic", "1–10 of 14")
			w.presses(editor, p, "topic_page_next", "1", nil)
			p = w.top(editor, "topic", "11–14 of 14")
			w.presses(editor, p, "topic_answer", "", nil)
			form := w.top(editor, "answer", "14")
			w.presses(editor, form, "answer_preview", "preview", typed("answer_question", "Can I pay with a zebra?", "answer_text", "Sadly not."))
			form = w.top(editor, "answer", "Sadly not.")
			w.submits(editor, form, typed("answer_question", "Can I pay with a zebra?", "answer_text", "Sadly not."))
			p = w.top(editor, "topic", "Answered: *Can I pay with a zebra?*")
			if !strings.Contains(string(p.Body), "wrote a short answer") {
				t.Errorf("the topic's page does not say who answered: %s", p.Body)
			}
			until(t, w.slack, "the table without the topic", func() bool {
				modals, _ := w.slack.Views(editor)
				return len(modals) > 0 && !strings.Contains(string(modals[0].Body), "an I pay with a zebra")
			})
			// Two weeks later the digest tells what came of it.
			a, version, err := w.store.Answer(t.Context(), form.ID)
			if err != nil {
				t.Fatal(err)
			}
			a.CreatedAt = reports.WeekOf(time.Now(), time.UTC).Add(-1).Start(time.UTC).Add(-time.Hour)
			for i := range asked {
				asked[i].ID += "early"
				asked[i].Conversation += "early"
				asked[i].At = a.CreatedAt.AddDate(0, 0, -2)
			}
			if ok, err := w.store.SwapAnswer(t.Context(), a, version); err != nil || !ok {
				t.Fatal(ok, err)
			}
			if _, err := w.store.Record(t.Context(), asked); err != nil {
				t.Fatal(err)
			}
			if _, err := w.store.Group(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			d, err := w.configs[0].Delivery.SendNow(t.Context(), reports.Subscription{ID: "team", Channel: team, Language: "en", Definition: "standard"}, "test")
			if err != nil || d.State != reports.Posted {
				t.Fatalf("the digest: %+v, %v", d, err)
			}
			list := slices.DeleteFunc(w.slack.Messages(team), func(m fakeslack.Message) bool { return m.ThreadTS != "" })
			if said := string(list[len(list)-1].Blocks); !strings.Contains(said, "You answered *") || !strings.Contains(said, "zebra") {
				t.Errorf("the digest does not say what came of the answer: %s", said)
			}
		})
	}
}

// TestExpiredTrigger holds that a person whose modal could not be opened in time
// is told to try again.
func TestExpiredTrigger(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.slack.Fail("views.open", fakeslack.Fault{Error: "expired_trigger_id"})
		m := w.says(editor, team, "gaps")
		if !strings.Contains(m.Text, "try again") || m.Ephemeral != editor {
			t.Errorf("after an expired trigger: to %q: %q", m.Ephemeral, m.Text)
		}
		w.gaps(editor, "Nothing is open")
	})
}
