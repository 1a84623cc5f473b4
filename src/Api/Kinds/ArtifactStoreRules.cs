using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Kinds;

/// <summary>What an ArtifactStore must fulfil beyond its schema.</summary>
public static class ArtifactStoreRules
{
    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        DeclaredArtifactStore? store;
        try
        {
            store = document.Deserialize(KindsJson.Default.DeclaredArtifactStore);
        }
        catch (JsonException)
        {
            return []; // of a type that the schema refuses by itself
        }

        var causes = new List<StatusCause>();
        if (store?.Spec is { S3: null, Claim: null } or { S3: not null, Claim: not null })
            causes.Add(StatusCause.Invalid("spec", store.Spec.S3 is null ? "neither" : "both", "must have exactly one of s3, a bucket, and claim, a PersistentVolumeClaim"));
        if (store?.Spec?.S3 is { Endpoint.Length: > 0 } s3)
            CheckEndpoint("spec.s3.endpoint", s3.Endpoint, causes);
        if (store?.Spec?.Retention is { } retention)
            Check(retention, causes);
        return causes;
    }

    /// <summary>The causes to refuse a change: what is kept must be found again.</summary>
    public static IReadOnlyList<StatusCause> ValidateUpdate(JsonObject before, JsonObject after)
    {
        var causes = new List<StatusCause>();
        foreach (var (place, field) in new[] { ("s3", "bucket"), ("s3", "prefix"), ("claim", "name"), ("claim", "path") })
        {
            if (!JsonNode.DeepEquals(before["spec"]?[place]?[field], after["spec"]?[place]?[field]))
                causes.Add(StatusCause.Forbidden($"spec.{place}.{field}", "it cannot be changed, since what is kept there would not be found again; make another store and name that in the flows"));
        }

        return causes;
    }

    private static void Check(ArtifactStoreRetention retention, List<StatusCause> causes)
    {
        if (retention.Age is { } age && (!FlowDuration.TryParse(age, out var kept) || kept < TimeSpan.FromHours(1)))
            causes.Add(StatusCause.Invalid("spec.retention.age", $"\"{age}\"", $"{FlowDuration.Form}, at least 1h"));
        if (retention.Size is { } size && (!Quantity.TryParse(size, out var bytes) || bytes.Sign < 0))
            causes.Add(StatusCause.Invalid("spec.retention.size", $"\"{size}\"", "must be a quantity of bytes such as 500Gi"));
    }

    /// <summary>A storage must be named by its URL.</summary>
    internal static void CheckEndpoint(string path, string text, List<StatusCause> causes)
    {
        if (!(Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" }))
            causes.Add(StatusCause.Invalid(path, $"\"{text}\"", "must be the URL of a storage, such as https://s3.example.com, without user, query and fragment"));
    }
}
