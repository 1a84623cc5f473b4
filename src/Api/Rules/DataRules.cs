using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules;

/// <summary>What config maps and secrets have in common: keys that are file names, a size limit, and immutability.</summary>
internal abstract class DataRules : KindRules
{
    /// <summary>Kubernetes' limit, from what etcd takes in one value.</summary>
    protected const int MaxBytes = 1024 * 1024;

    protected static void Keys(JsonObject? data, string path, List<StatusCause> causes)
    {
        foreach (var (key, _) in data ?? [])
            if (Names.ConfigKeyError(key) is { } error) causes.Add(StatusCause.Invalid($"{path}[{key}]", Quote(key), error));
    }

    protected static void Size(long bytes, string path, List<StatusCause> causes)
    {
        if (bytes > MaxBytes) causes.Add(new("FieldValueTooLong", path, $"Too long: may not be more than {MaxBytes} bytes"));
    }

    /// <summary>Length of what a base64 text stands for.</summary>
    protected static long Decoded(JsonNode? value) => (value.AsText()?.TrimEnd('=').Length ?? 0) * 3L / 4;

    protected static void ImmutableOnceMarked(JsonObject old, JsonObject updated, string[] fields, List<StatusCause> causes)
    {
        if (old.Boolean("immutable") != true) return;
        if (updated.Boolean("immutable") != true) causes.Add(StatusCause.Forbidden("immutable", "field is immutable when `immutable` is set"));
        foreach (var field in fields)
            if (!JsonNode.DeepEquals(old[field] ?? new JsonObject(), updated[field] ?? new JsonObject())) causes.Add(StatusCause.Forbidden(field, "field is immutable when `immutable` is set"));
    }
}

/// <summary>ConfigMap (core/v1).</summary>
internal sealed class ConfigMapRules : DataRules
{
    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var (data, binary) = (document.Object("data"), document.Object("binaryData"));
        Keys(data, "data", causes);
        Keys(binary, "binaryData", causes);
        foreach (var (key, _) in data ?? [])
            if (binary?.ContainsKey(key) == true) causes.Add(StatusCause.Invalid($"data[{key}]", Quote(key), "duplicate of key present in binaryData"));
        Size((data ?? []).Sum(p => Encoding.UTF8.GetByteCount(p.Value.AsText() ?? "")) + (binary ?? []).Sum(p => Decoded(p.Value)), "[]", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        ImmutableOnceMarked(old, updated, ["data", "binaryData"], causes);
    }
}

/// <summary>Secret (core/v1).</summary>
internal sealed class SecretRules : DataRules
{
    // Unlike other keys that a type asks for it may not be empty.
    private const string SshKey = "ssh-privatekey";

    /// <summary>Sets the type, and moves <c>stringData</c>, which is only for writing, into <c>data</c>.</summary>
    public override void Default(JsonObject document)
    {
        SetDefault(document, "type", "Opaque");
        if (document.Object("stringData") is not { } texts) return;
        if (texts.All(t => t.Value is null || t.Value.AsText() is not null))
        {
            foreach (var (key, value) in texts) document.ObjectOrNew("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.AsText() ?? ""));
            document.Remove("stringData");
        }
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var data = document.Object("data") ?? [];
        Keys(data, "data", causes);
        Size(data.Sum(p => Decoded(p.Value)), "data", causes);
        foreach (var key in RequiredKeys(document, data))
            if (!data.ContainsKey(key) || (key == SshKey && data.Text(key) is not { Length: > 0 })) causes.Add(StatusCause.Required($"data[{key}]"));
        var file = document.Text("type") switch { "kubernetes.io/dockerconfigjson" => ".dockerconfigjson", "kubernetes.io/dockercfg" => ".dockercfg", _ => null };
        // The contents are not repeated in the message: they are credentials.
        if (file is not null && data.Text(file) is { } encoded && !IsJson(encoded)) causes.Add(StatusCause.Invalid($"data[{file}]", "\"<secret contents redacted>\"", "must be a JSON object"));
        if (document.Text("type") == "kubernetes.io/service-account-token" && document.Annotations?.Text("kubernetes.io/service-account.name") is not { Length: > 0 })
            causes.Add(StatusCause.Required("metadata.annotations[kubernetes.io/service-account.name]"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old["type"], updated["type"], "type", causes);
        ImmutableOnceMarked(old, updated, ["data"], causes);
    }

    private static string[] RequiredKeys(JsonObject document, JsonObject data) => document.Text("type") switch
    {
        "kubernetes.io/dockerconfigjson" => [".dockerconfigjson"],
        "kubernetes.io/dockercfg" => [".dockercfg"],
        "kubernetes.io/ssh-auth" => [SshKey],
        "kubernetes.io/tls" => ["tls.crt", "tls.key"],
        "kubernetes.io/basic-auth" when !data.ContainsKey("username") && !data.ContainsKey("password") => ["username", "password"],
        _ => [],
    };

    private static bool IsJson(string encoded)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(encoded));
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false;
        }
    }
}
