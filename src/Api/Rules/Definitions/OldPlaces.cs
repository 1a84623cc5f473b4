namespace Slipway.Api.Rules.Definitions;

/// <summary>
/// The places that fields had in an older version of definitions: Kubernetes' own validation, and so what clients are told, names
/// fields by them.
/// </summary>
internal static class OldPlaces
{
    private const string Versions = "spec.versions[";
    private const string Webhook = "spec.conversion.webhook.";

    /// <summary>The old places of a field, the one for what all versions say alike last; empty where it has always had its own.</summary>
    public static string[] Of(string field)
    {
        if (field.StartsWith($"{Webhook}clientConfig", StringComparison.Ordinal)) return ["spec.conversion.webhookClientConfig" + field[$"{Webhook}clientConfig".Length..]];
        if (field.StartsWith(Webhook, StringComparison.Ordinal)) return [$"spec.conversion.{field[Webhook.Length..]}"];
        if (!field.StartsWith(Versions, StringComparison.Ordinal) || field.IndexOf("].", StringComparison.Ordinal) is not (> 0 and var end)) return [];
        var (version, part) = (field[..(end + 2)], field[(end + 2)..]);
        if (part.StartsWith("schema.", StringComparison.Ordinal)) return [$"spec.validation.{part["schema.".Length..]}"];
        if (part.StartsWith("additionalPrinterColumns", StringComparison.Ordinal)) part = part.Replace(".jsonPath", ".JSONPath", StringComparison.Ordinal);
        return [version + part, $"spec.{part}"];
    }
}
