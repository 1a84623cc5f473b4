using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Audit;

/// <summary>One request as it is recorded: an Event of <c>audit.k8s.io/v1</c> for each stage, which share an id.</summary>
internal sealed record AuditEvent
{
    public required Guid Id { get; init; }
    public required AuditDecision Decision { get; init; }
    public required ApiRequest Request { get; init; }
    public required RequestPath Path { get; init; }
    public required string Verb { get; init; }
    public required UserInfo User { get; init; }
    public required DateTimeOffset Received { get; init; }

    /// <summary>What the steps of the request have told.</summary>
    public AuditAnnotations Annotations { get; } = new();

    /// <summary>What is recorded in place of the message that the client gets; null: that message.</summary>
    public string? Message { get; init; }

    /// <summary>The line of a stage.</summary>
    /// <param name="stage">Name of the stage.</param>
    /// <param name="now">When it was reached.</param>
    /// <param name="code">Status code of the answer; 0 when there is none yet.</param>
    /// <param name="refusal">The <c>Status</c> of a refused request; null if it was not refused.</param>
    /// <param name="response">The answer's document, where it is recorded.</param>
    public byte[] Line(AuditStages stage, DateTimeOffset now, int code, JsonObject? refusal, JsonNode? response)
    {
        using var buffer = new PooledBuffer(1024);
        using (var json = JsonBytes.Writer(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, "Event"u8);
            json.WriteString("apiVersion"u8, "audit.k8s.io/v1"u8);
            json.WriteString("level"u8, Decision.Level.ToString());
            json.WriteString("auditID"u8, Id);
            json.WriteString("stage"u8, stage.ToString());
            json.WriteString("requestURI"u8, Request.PathAndQuery);
            json.WriteString("verb"u8, Verb);
            WriteUser(json, "user"u8, User.Impersonator ?? User);
            if (User.Impersonator is not null) WriteUser(json, "impersonatedUser"u8, User);
            json.WriteStartArray("sourceIPs"u8);
            if (Request.SourceAddress is { } source) json.WriteStringValue(source);
            json.WriteEndArray();
            json.WriteString("userAgent"u8, Request.UserAgent);
            if (Path.IsResource) WriteObject(json);
            if (code > 0) WriteStatus(json, code, refusal);
            if (Decision.Level >= AuditLevel.Request) WriteBodies(json, response);
            json.WriteString("requestReceivedTimestamp"u8, Meta.FormatMicroTime(Received));
            json.WriteString("stageTimestamp"u8, Meta.FormatMicroTime(now));
            WriteAnnotations(json);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteUser(Utf8JsonWriter json, ReadOnlySpan<byte> name, UserInfo user)
    {
        json.WriteStartObject(name);
        // Who has not proved who they are have no name at all.
        if (user.Name.Length == 0)
        {
            json.WriteEndObject();
            return;
        }
        json.WriteString("username"u8, user.Name);
        if (user.Uid.Length > 0) json.WriteString("uid"u8, user.Uid);
        json.WriteStartArray("groups"u8);
        foreach (var group in user.Groups) json.WriteStringValue(group);
        json.WriteEndArray();
        if (user.Extra.Count > 0)
        {
            json.WriteStartObject("extra"u8);
            foreach (var (key, values) in user.Extra)
            {
                json.WriteStartArray(key);
                foreach (var value in values) json.WriteStringValue(value);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private void WriteObject(Utf8JsonWriter json)
    {
        json.WriteStartObject("objectRef"u8);
        json.WriteString("resource"u8, Path.Plural);
        if (Path.Namespace.Length > 0) json.WriteString("namespace"u8, Path.Namespace);
        var about = Annotations.About;
        if ((Path.Name.Length > 0 ? Path.Name : about?.Name) is { Length: > 0 } name) json.WriteString("name"u8, name);
        if (about is { Uid.Length: > 0 }) json.WriteString("uid"u8, about.Uid);
        if (Path.Group.Length > 0) json.WriteString("apiGroup"u8, Path.Group);
        json.WriteString("apiVersion"u8, Path.Version);
        if (Path.Subresource.Length > 0) json.WriteString("subresource"u8, Path.Subresource);
        json.WriteEndObject();
    }

    private void WriteStatus(Utf8JsonWriter json, int code, JsonObject? refusal)
    {
        json.WriteStartObject("responseStatus"u8);
        json.WriteStartObject("metadata"u8);
        json.WriteEndObject();
        if (refusal?.Text("status") is { } status) json.WriteString("status"u8, status);
        if ((Message ?? refusal?.Text("message")) is { } message) json.WriteString("message"u8, message);
        if (refusal?.Text("reason") is { } reason) json.WriteString("reason"u8, reason);
        json.WriteNumber("code"u8, code);
        json.WriteEndObject();
    }

    private void WriteAnnotations(Utf8JsonWriter json)
    {
        if (Annotations.All() is not { Length: > 0 } annotations) return;
        json.WriteStartObject("annotations"u8);
        foreach (var (key, value) in annotations) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private void WriteBodies(Utf8JsonWriter json, JsonNode? response)
    {
        if (AuditBodies.OfRequest(Request) is { } request) AuditBodies.Write(json, "requestObject", request, Decision.OmitManagedFields);
        if (Decision.Level == AuditLevel.RequestResponse && response is not null) AuditBodies.Write(json, "responseObject", response, Decision.OmitManagedFields);
    }
}
