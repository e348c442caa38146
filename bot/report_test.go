package bot_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentreport/bot"
	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/store"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		m := w.says(editor, team, "rates last 4 weeks")
		if m.Ephemeral != editor || !strings.Contains(string(m.Blocks), "Rates over time") || !strings.Contains(string(m.Blocks), `"slack_file"`) {
			t.Errorf("rates: to %q: %s; want figures and a picture for the editor alone", m.Ephemeral, m.Blocks)
		}
		m = w.says(viewer, team, "tasas")
		if !strings.Contains(m.Text, "No conozco «tasas»") {
			t.Errorf("an unknown command in Spanish: %q", m.Text)
		}
		m = w.says(viewer, team, "rates últimas 2 semanas")
		if !strings.Contains(string(m.Blocks), "Publicar en el canal") {
			t.Errorf("rates in Spanish: %s", m.Blocks)
		}
		m = w.says(editor, team, "ratse")
		if want := "Did you mean `/agent-report rates`?"; !strings.Contains(m.Text, want) {
			t.Errorf("a typing error: %q; want %q", m.Text, want)
		}
		m = w.says(editor, team, "rates <!channel>")
		if strings.Contains(m.Text, "<!channel>") || !strings.Contains(m.Text, "&lt;!channel&gt;") {
			t.Errorf("hostile text: %q", m.Text)
		}
		m = w.says(editor, team, "rates public")
		if m.Ephemeral != "" || strings.Contains(string(m.Blocks), "Post to channel") {
			t.Errorf("public: to %q: %s", m.Ephemeral, m.Blocks)
		}
		m = w.says(editor, team, "rates 2019")
		if !strings.Contains(m.Text, "I do not understand") {
			t.Errorf("rates 2019: %q", m.Text)
		}
		m = w.says(editor, team, "rates 2019-01")
		if !strings.Contains(string(m.Blocks), "Nothing happened") {
			t.Errorf("rates of an empty month: %s", m.Blocks)
		}
		m = w.says(editor, team, "help")
		for _, name := range append(reports.ReportNames(), "health", "help") {
			if !strings.Contains(string(m.Blocks), bot.CommandName+" "+name) {
				t.Errorf("help lacks %s", name)
			}
		}
		if m = w.says(editor, team, "health"); !strings.Contains(string(m.Blocks), "last event") || !strings.Contains(string(m.Blocks), "No digest") {
			t.Errorf("health: %s", m.Blocks)
		}
	})
}

func TestWhoMayLook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		for user, want := range map[string]string{guest: "guests", stranger: "own workspace", fakeslack.BotUser: "people only"} {
			if m := w.says(user, team, "impact"); !strings.Contains(m.Text, want) || m.Ephemeral != user || m.Blocks != nil {
				t.Errorf("%s: %q; want %q", user, m.Text, want)
			}
		}
		if m := w.says(editor, shared, "impact public"); !strings.Contains(m.Text, "shared") || m.Ephemeral != editor {
			t.Errorf("public in a shared channel: %q to %q; want a refusal", m.Text, m.Ephemeral)
		}
	})
}

func TestReportButtons(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		m := w.says(editor, team, "rates last 4 weeks")
		press := func(e map[string]any) {
			t.Helper()
			a, err := w.slack.Press(t.Context(), editor, team, m.TS, e)
			if err != nil || a.Status != http.StatusOK {
				t.Fatalf("press: %+v, %v", a, err)
			}
		}
		menu := element(t, m, "report_range")
		option := menu["options"].([]any)[0].(map[string]any)
		press(map[string]any{"action_id": "report_range", "type": "static_select", "selected_option": option})
		until(t, w.slack, "the report of last week in the place of the other", func() bool {
			list := w.slack.Messages(team)
			return len(list) == 1 && list[0].Edited && strings.Contains(string(list[0].Blocks), "Rates over time") && string(list[0].Blocks) != string(m.Blocks)
		})

		post := element(t, m, "report_post")
		press(map[string]any{"action_id": "report_post", "type": "button", "value": post["value"]})
		until(t, w.slack, "the report for everybody", func() bool {
			for _, x := range w.slack.Messages(team) {
				if x.Ephemeral == "" && strings.Contains(string(x.Blocks), "Rates over time") {
					return true
				}
			}
			return false
		})

		press(map[string]any{"action_id": "report_csv", "type": "button", "value": element(t, m, "report_csv")["value"]})
		until(t, w.slack, "the CSV", func() bool {
			for _, x := range w.slack.Direct(editor) {
				if len(x.Files) == 1 && strings.HasPrefix(string(w.slack.File(x.Files[0]).Bytes), "week,resolution_rate_n") {
					return true
				}
			}
			return false
		})
	})
}

// TestSlackTrouble holds that a person is told when something is away.
func TestSlackTrouble(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		w.slack.Fail("files.completeUploadExternal", fakeslack.Fault{Error: "moon_in_retrograde"})
		if m := w.says(editor, team, "rates"); !strings.Contains(string(m.Blocks), "moon_in_retrograde") || !strings.Contains(string(m.Blocks), "Handoff rate") {
			t.Errorf("a word of no list for the picture: %s; want the figures and the word", m.Blocks)
		}
		w.slack.Fail("files.getUploadURLExternal", fakeslack.Fault{Error: "storage_limit_reached", Times: 20})
		if m := w.says(editor, team, "rates"); !strings.Contains(string(m.Blocks), "no room for files") || !strings.Contains(string(m.Blocks), "Handoff rate") {
			t.Errorf("no room for files: %s; want the figures and what to do", m.Blocks)
		}
		w.restart(func(c *bot.Config) { c.Store = awayStore{c.Store} })
		if m := w.says(editor, team, "handled"); !strings.Contains(m.Text, "did not work") {
			t.Errorf("the store is away: %q; want that it did not work", m.Text)
		}
	})
}

type awayStore struct{ bot.Store }

func (awayStore) Days(context.Context, reports.Range, time.Time) ([]reports.DayTally, error) {
	return nil, fmt.Errorf("days: %w", store.ErrAway)
}
