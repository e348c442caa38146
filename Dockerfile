# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=development
# Static: pure Go, no cgo; zones and fonts are embedded.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/agent-report ./cmd/agent-report \
    && mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/agent-report /usr/local/bin/agent-report
# The embedded store's folder belongs to the user that the image runs as.
COPY --from=build --chown=65532:65532 /out/data /data
ENV AGENT_REPORT_DATA=/data AGENT_REPORT_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/usr/local/bin/agent-report", "health"]
ENTRYPOINT ["/usr/local/bin/agent-report"]
CMD ["serve"]
