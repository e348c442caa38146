package bot

import (
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"testing"

	"agentreport/bot/views"
)

// TestPlaces holds that the table of places and the views name the same things: what can
// be pressed, chosen or sent in a view is in the table once, and the table has nothing
// that no view has.
func TestPlaces(t *testing.T) {
	t.Parallel()
	have := map[string]int{} // "action x", "menu x" and "form x" of the table
	for _, p := range New(Config{}).places(nil) {
		for id := range p.actions {
			have["action "+id]++
		}
		for id := range p.menus {
			have["menu "+id]++
		}
		for id := range p.forms {
			have["form "+id]++
		}
	}
	for what, n := range have {
		if n > 1 {
			t.Errorf("%s is in the table %d times", what, n)
		}
	}
	seen := map[string]string{} // in a view, by what
	var walk func(view string, inForm bool, value any)
	walk = func(view string, inForm bool, value any) {
		switch x := value.(type) {
		case []any:
			for _, y := range x {
				walk(view, inForm, y)
			}
		case map[string]any:
			kind, _ := x["type"].(string)
			if callback, _ := x["callback_id"].(string); callback != "" && x["submit"] != nil {
				seen["form "+callback] = view
			}
			id, _ := x["action_id"].(string)
			if id != "" && kind == "external_select" {
				seen["menu "+id] = view
			}
			// What stands in an input is sent with the form, unless it says that it is
			// sent at once. A button that leads elsewhere is nobody's.
			if id != "" && !inForm && x["url"] == nil {
				seen["action "+views.BaseAction(id)] = view
			}
			for _, y := range x {
				walk(view, kind == "input" && x["dispatch_action"] != true || inForm && kind != "input", y)
			}
		}
	}
	samples := views.Samples()
	err := fs.WalkDir(samples, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		raw, err := fs.ReadFile(samples, name)
		if err != nil {
			return err
		}
		var view any
		if err := json.Unmarshal(raw, &view); err != nil {
			return err
		}
		walk(name, false, view)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		if have[what] == 0 {
			t.Errorf("%s of %s is not in the table", what, seen[what])
		}
	}
	for _, what := range slices.Sorted(maps.Keys(have)) {
		if seen[what] == "" {
			t.Errorf("the table has %s, which is in no golden view", what)
		}
	}
}
