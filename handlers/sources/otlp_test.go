package sources_test

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	tracecollector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"agentreport/handlers/sources"
)

// TestExportForms holds that protobuf gives what JSON does, and JSON with unknown fields
// and names for numbers too.
func TestExportForms(t *testing.T) {
	raw, err := os.ReadFile("testdata/otlp/traces.json")
	if err != nil {
		t.Fatal(err)
	}
	c := config(t, "otlp")
	want, answer, err := c.Export(sources.Traces, raw, true)
	if err != nil || string(answer) != "{}" || len(want.Events) != 8 {
		t.Fatalf("%d events, %s, %v", len(want.Events), answer, err)
	}
	var request tracecollector.ExportTraceServiceRequest
	if err := (protojson.UnmarshalOptions{}).Unmarshal(raw, &request); err != nil {
		t.Fatal(err)
	}
	for _, r := range request.ResourceSpans {
		for _, s := range r.ScopeSpans {
			for _, span := range s.Spans { // JSON read the hex of ids as base64
				for _, id := range []*[]byte{&span.TraceId, &span.SpanId, &span.ParentSpanId} {
					if *id, err = hex.DecodeString(base64.StdEncoding.EncodeToString(*id)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	binary, err := proto.Marshal(&request)
	if err != nil {
		t.Fatal(err)
	}
	got, answer, err := c.Export(sources.Traces, binary, false)
	if err != nil || len(answer) != 0 || !slices.Equal(lines(got.Events), lines(want.Events)) {
		t.Errorf("protobuf gives\n%s\nJSON\n%s\n%q, %v", strings.Join(lines(got.Events), "\n"), strings.Join(lines(want.Events), "\n"), answer, err)
	}
	other := strings.NewReplacer(`"kind": 1`, `"kind": "SPAN_KIND_INTERNAL", "flags2": [1]`, `"scopeSpans"`, `"schemaUrl": "x", "scopeSpans"`).Replace(string(raw))
	if got, _, err = c.Export(sources.Traces, []byte(other), true); err != nil || !slices.Equal(lines(got.Events), lines(want.Events)) {
		t.Errorf("JSON written otherwise: %d events, %v", len(got.Events), err)
	}
	c.Tests = []string{"prod*"}
	if got, _, _ = c.Export(sources.Traces, raw, true); !got.Events[0].Test {
		t.Error("an environment that is left out counts")
	}
	c.Agents = []string{"nobody"}
	if got, _, _ = c.Export(sources.Traces, raw, true); len(got.Events) >= 8 {
		t.Errorf("of another agent: %d events", len(got.Events))
	}
}

// FuzzExport looks for a request in protobuf that ends in a panic.
func FuzzExport(f *testing.F) {
	f.Add([]byte{}, true)
	f.Add([]byte("\x0a\x05\x0a\x03\x0a\x01a"), false)
	f.Fuzz(func(t *testing.T, raw []byte, traces bool) {
		signal := sources.Logs
		if traces {
			signal = sources.Traces
		}
		c := config(t, "otlp")
		if b, _, err := c.Export(signal, raw, false); err == nil {
			for i := range b.Events {
				if b.Events[i].Conversation == "" {
					t.Errorf("%+v", b.Events[i])
				}
			}
		}
	})
}
