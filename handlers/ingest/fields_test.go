package ingest_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"agentreport/handlers/ingest"
	"agentreport/reports"
)

var update = flag.Bool("update", false, "write the tables of fields into README.md, docs/events.md and openapi.yaml")

// typesTable is a row a type.
func typesTable() string {
	var b strings.Builder
	b.WriteString("| type | it says that | needs | may have | example |\n|---|---|---|---|---|\n")
	for _, t := range ingest.Types {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` |\n", t.Type, t.Means, t.Needs, t.May, t.Example)
	}
	return b.String()
}

// TestDocuments holds that the documents describe the fields that there are.
func TestDocuments(t *testing.T) {
	var fields, schema strings.Builder
	fields.WriteString("| field | is |\n|---|---|\n")
	for _, f := range ingest.Fields {
		fmt.Fprintf(&fields, "| `%s` | %s |\n", f.Name, f.Means)
		fmt.Fprintf(&schema, "        %s: %s, description: %q}\n", f.Name, strings.TrimSuffix(f.Schema, "}"), strings.ReplaceAll(f.Means, "`", ""))
	}
	for _, part := range []struct{ file, after, before, want string }{
		{"../../README.md", "<!-- types -->\n", "<!-- /types -->", typesTable()},
		{"../../docs/events.md", "<!-- types -->\n", "<!-- /types -->", typesTable()},
		{"../../docs/events.md", "<!-- fields -->\n", "<!-- /fields -->", fields.String()},
		{"../openapi.yaml", "      required: [id, type, conversation, at]\n      properties:\n", "", schema.String()},
	} {
		raw, err := os.ReadFile(part.file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, ok := strings.Cut(string(raw), part.after)
		have, tail := rest, ""
		if part.before != "" {
			have, tail, _ = strings.Cut(rest, part.before)
		}
		if !ok {
			t.Errorf("%s has no %q", part.file, part.after)
		}
		if have == part.want {
			continue
		}
		if !*update {
			t.Errorf("%s describes other fields: run with -update", part.file)
			continue
		}
		if err := os.WriteFile(part.file, []byte(head+part.after+part.want+part.before+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFields holds that the fields described are those of an event, and that every
// example is one.
func TestFields(t *testing.T) {
	full := reports.Event{
		ID: "1", Source: "s", Type: "t", Conversation: "c", At: intake.Now, Actor: "a", Member: reports.Member{ID: "m"}, Channel: "c", Text: "t", Question: "q", Topic: "t",
		Rating: "r", Score: 1, Comment: "c", Reason: "r", URL: "u", Language: "l", Visitor: "v", Inferred: true, Test: true,
	}
	raw, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var have map[string]any
	if err := json.Unmarshal(raw, &have); err != nil {
		t.Fatal(err)
	}
	delete(have, "Unknown")
	var want []string
	for _, f := range ingest.Fields {
		want = append(want, f.Name)
	}
	slices.Sort(want)
	if names := slices.Sorted(maps.Keys(have)); !slices.Equal(names, want) {
		t.Errorf("an event has %s; described are %s", names, want)
	}
	var types []reports.EventType
	for _, x := range ingest.Types {
		types = append(types, x.Type)
		if e, err := intake.Decode([]byte(x.Example)); err != nil || e.Type != x.Type {
			t.Errorf("the example of %s: %+v, %v", x.Type, e, err)
		}
	}
	if !slices.Equal(types, reports.EventTypes) {
		t.Errorf("described are %s; want %s", types, reports.EventTypes)
	}
}
