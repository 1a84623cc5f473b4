using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire.Protobuf;

namespace Slipway.Fuzzing.Running;

/// <summary>What must hold of every answer, whatever was asked.</summary>
internal static class Verdict
{
    /// <summary>What is wrong with an answer; null for nothing.</summary>
    public static string? Fault(FuzzRequest request, FuzzAnswer answer)
    {
        if (answer.Status == 0) return request.IsBroken || request.Body?.Length > 3 << 20 ? null : "the connection ended without an answer";
        if (answer.Status is < 200 or >= 600) return $"the status {answer.Status} is none";
        if (answer.Status >= 500) return IsExpected(request, answer) ? null : $"status {answer.Status}: {Message(answer)}";
        if (request.Method == "HEAD" || !answer.IsWhole) return null;
        return answer.Status >= 400 ? FaultOfRefusal(request, answer) : FaultOfBody(request, answer);
    }

    /// <summary>
    /// Whether a 5xx is what Kubernetes gives, too: a revision that is yet to come is waited for, and then 504.
    /// </summary>
    public static bool IsExpected(FuzzRequest request, FuzzAnswer answer) => answer.Status switch
    {
        504 => Message(answer).StartsWith("Timeout: Too large resource version", StringComparison.Ordinal),
        _ => false,
    };

    private static string? FaultOfRefusal(FuzzRequest request, FuzzAnswer answer)
    {
        // What is no HTTP is refused by the HTTP server, which knows no Status.
        if (answer.Body.Length == 0) return request.IsBroken || request.Method is "TRACE" or "CONNECT" ? null : $"status {answer.Status} without a body";
        if (Document(answer) is not { } status) return $"status {answer.Status} with a body that is no Status: {answer.ContentType}";
        if (status.Text("kind") != "Status" || status.Text("apiVersion") != "v1") return $"status {answer.Status} with a body that is no Status, but {status["kind"]}";
        if (status.Text("status") != "Failure" || string.IsNullOrEmpty(status.Text("reason"))) return $"status {answer.Status} without reason: {status["message"]}";
        return status.Integer("code") == answer.Status ? null : $"status {answer.Status} whose Status says {status["code"]}";
    }

    private static string? FaultOfBody(FuzzRequest request, FuzzAnswer answer)
    {
        if (answer.Body.Length == 0) return answer.Status is 204 or 304 || request.Target.Contains("/log", StringComparison.Ordinal) || request.IsLong ? null : $"status {answer.Status} without a body";
        if (request.IsLong || !answer.ContentType.StartsWith("application/json", StringComparison.Ordinal)) return null;
        return IsJson(Plain(answer)) ? null : $"status {answer.Status} with a body that is not JSON";
    }

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 600 });
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonObject? Document(FuzzAnswer answer)
    {
        var body = Plain(answer);
        try
        {
            if (answer.ContentType.StartsWith(MediaTypes.Protobuf, StringComparison.Ordinal)) return ProtobufReader.Read(body, ProtobufKinds.SchemaOf);
            if (answer.ContentType.StartsWith(MediaTypes.Yaml, StringComparison.Ordinal)) return DocumentReader.ParseYaml(Encoding.UTF8.GetString(body)).Single();
            return answer.ContentType.StartsWith(MediaTypes.Json, StringComparison.Ordinal) ? JsonNode.Parse(body) as JsonObject : null;
        }
        catch (Exception e) when (e is JsonException or ApiException)
        {
            return null;
        }
    }

    private static byte[] Plain(FuzzAnswer answer)
    {
        if (!answer.IsCompressed) return answer.Body;
        using var gzip = new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static string Message(FuzzAnswer answer) => Document(answer) is { } status ? $"{status["reason"]}: {status["message"]}" : Encoding.UTF8.GetString(answer.Body);
}
