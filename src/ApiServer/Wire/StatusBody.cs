using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slipway.Api;

namespace Slipway.ApiServer.Wire;

/// <summary>Writes <c>Status</c> documents (<see href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/"/>).</summary>
internal static class StatusBody
{
    /// <summary>The reply to a refused request.</summary>
    public static Reply Reply(ApiException refusal)
    {
        var output = new ArrayBufferWriter<byte>(512);
        Write(output, refusal);
        return new Reply
        {
            StatusCode = refusal.Code,
            Body = output.WrittenMemory,
            Headers = refusal.RetryAfterSeconds is { } seconds ? [new("Retry-After", seconds.ToString(CultureInfo.InvariantCulture))] : [],
        };
    }

    public static void Write(IBufferWriter<byte> output, ApiException refusal)
    {
        using var json = JsonBytes.Writer(output);
        Start(json);
        json.WriteString("status"u8, "Failure"u8);
        json.WriteString("message"u8, refusal.Message);
        if (refusal.Reason.Length > 0) json.WriteString("reason"u8, refusal.Reason);
        if (refusal.Kind is not null || refusal.Causes.Count > 0 || refusal.RetryAfterSeconds is not null)
        {
            json.WriteStartObject("details"u8);
            if (!string.IsNullOrEmpty(refusal.Name)) json.WriteString("name"u8, refusal.Name);
            if (!string.IsNullOrEmpty(refusal.Group)) json.WriteString("group"u8, refusal.Group);
            if (!string.IsNullOrEmpty(refusal.Kind)) json.WriteString("kind"u8, refusal.Kind);
            if (refusal.Causes.Count > 0) WriteCauses(json, refusal.Causes);
            if (refusal.RetryAfterSeconds is { } seconds) json.WriteNumber("retryAfterSeconds"u8, seconds);
            json.WriteEndObject();
        }
        json.WriteNumber("code"u8, refusal.Code);
        json.WriteEndObject();
    }

    /// <summary>410 for a list whose revision is gone, with a token to go on at the newest state.</summary>
    public static Reply Expired(string next)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = JsonBytes.Writer(output))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, "Status"u8);
            json.WriteString("apiVersion"u8, "v1"u8);
            json.WriteStartObject("metadata"u8);
            json.WriteString("continue"u8, next);
            json.WriteEndObject();
            json.WriteString("status"u8, "Failure"u8);
            json.WriteString("message"u8, "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."u8);
            json.WriteString("reason"u8, "Expired"u8);
            json.WriteNumber("code"u8, 410);
            json.WriteEndObject();
        }
        return Wire.Reply.Json(output.WrittenMemory, 410);
    }

    /// <summary>The reply to a deletion that left nothing behind.</summary>
    public static Reply Deleted(string group, string plural, string name, string uid, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = JsonBytes.Writer(output))
        {
            Start(json);
            json.WriteString("status"u8, "Success"u8);
            json.WriteStartObject("details"u8);
            json.WriteString("name"u8, name);
            if (group.Length > 0) json.WriteString("group"u8, group);
            json.WriteString("kind"u8, plural);
            json.WriteString("uid"u8, uid);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return new Reply { Body = output.WrittenMemory, Headers = headers };
    }

    /// <summary>The reply to an action that has no object to show.</summary>
    public static Reply Success(int code)
    {
        var output = new ArrayBufferWriter<byte>(128);
        using (var json = JsonBytes.Writer(output))
        {
            Start(json);
            json.WriteString("status"u8, "Success"u8);
            json.WriteNumber("code"u8, code);
            json.WriteEndObject();
        }
        return Wire.Reply.Json(output.WrittenMemory, code);
    }

    private static void Start(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, "Status"u8);
        json.WriteString("apiVersion"u8, "v1"u8);
        json.WriteStartObject("metadata"u8);
        json.WriteEndObject();
    }

    private static void WriteCauses(Utf8JsonWriter json, IReadOnlyList<StatusCause> causes)
    {
        json.WriteStartArray("causes"u8);
        foreach (var cause in causes)
        {
            json.WriteStartObject();
            json.WriteString("reason"u8, cause.Reason);
            json.WriteString("message"u8, cause.Message);
            if (cause.Field.Length > 0) json.WriteString("field"u8, cause.Field);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
