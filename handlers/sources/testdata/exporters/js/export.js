// Sends a turn of a conversation as an agent does that is instrumented with OpenTelemetry's
// own SDK for JavaScript, in the form of its argument, proto or http (JSON). The
// environment says where to: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS.
import { context, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${process.argv[2]}`);
const processor = new BatchSpanProcessor(new OTLPTraceExporter({ compression: "gzip" }));
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": `js-agent-${process.argv[2]}` }),
  spanProcessors: [processor],
});
const tracer = provider.getTracer("jssdk");
const start = Date.UTC(2026, 8, 8, 16, 0, 0);
const turn = tracer.startSpan("invoke_agent helper", {
  startTime: start,
  attributes: {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.conversation.id": "conv-1",
    "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: "Do you ship to Malta?" }] }]),
  },
});
const tool = tracer.startSpan(
  "execute_tool transfer_to_human",
  { startTime: start + 1000, attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "transfer_to_human" } },
  trace.setSpan(context.active(), turn),
);
tool.end(start + 2000);
turn.setAttribute("gen_ai.output.messages", JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: "I connect you." }], finish_reason: "stop" }]));
turn.end(start + 3000);
await provider.shutdown();
