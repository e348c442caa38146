// Command gosdk sends a turn of a conversation as an agent does that is instrumented with
// OpenTelemetry's own SDK for Go. The environment says where to: OTEL_EXPORTER_OTLP_ENDPOINT,
// OTEL_EXPORTER_OTLP_HEADERS.
package main

import (
	"context"
	"log"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "go-agent"))))
	tracer := provider.Tracer("gosdk")
	start := time.Date(2026, 9, 8, 16, 0, 0, 0, time.UTC)
	ctx, turn := tracer.Start(ctx, "invoke_agent helper", trace.WithTimestamp(start), trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "invoke_agent"), attribute.String("gen_ai.conversation.id", "conv-1"),
		attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"Do you ship to Malta?"}]}]`),
	))
	_, tool := tracer.Start(ctx, "execute_tool transfer_to_human", trace.WithTimestamp(start.Add(time.Second)), trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "execute_tool"), attribute.String("gen_ai.tool.name", "transfer_to_human"),
	))
	tool.End(trace.WithTimestamp(start.Add(2 * time.Second)))
	turn.SetAttributes(attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"I connect you."}],"finish_reason":"stop"}]`))
	turn.End(trace.WithTimestamp(start.Add(3 * time.Second)))
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
