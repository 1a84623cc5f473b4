using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Admission;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Definitions;

/// <summary>
/// The rules of <c>spec.conversion</c>. Kubernetes names fields here by names that they had in an older version; clients know the
/// messages so.
/// </summary>
public static class ConversionRules
{
    private const string Path = "spec.conversion";
    private const string NotForOthers = "should not be set when strategy is not set to Webhook";
    private static readonly string[] ReviewVersions = ["v1", "v1beta1"];

    internal static void Default(JsonObject spec)
    {
        if (spec["conversion"] is null) spec["conversion"] = new JsonObject { ["strategy"] = "None" };
        if (ClientOf(spec)?.Object("service") is { } service) SetDefault(service, "port", 443);
    }

    internal static void Validate(JsonObject spec, JsonObject? oldSpec, bool isEstablished, List<StatusCause> causes)
    {
        if (spec.Object("conversion") is not { } conversion) return;
        Strategy(conversion, spec, causes);
        var webhook = conversion.Object("webhook");
        if (conversion.Text("strategy") != "Webhook")
        {
            if (webhook?["clientConfig"] is not null) causes.Add(StatusCause.Forbidden($"{Path}.webhookClientConfig", NotForOthers));
            if (webhook?.Array("conversionReviewVersions") is { Count: > 0 }) causes.Add(StatusCause.Forbidden($"{Path}.conversionReviewVersions", NotForOthers));
            return;
        }
        if (webhook?.Object("clientConfig") is { } client)
        {
            WebhookClientRules.Validate(client, $"{Path}.webhookClientConfig", causes);
            // A definition with a bundle that cannot be read can be made, and is not served; one that is served cannot become so.
            if (isEstablished && BundleError(spec) is { } error && BundleError(oldSpec ?? []) is null)
                causes.Add(StatusCause.Invalid($"{Path}.webhookClientConfig.caBundle", Quote(client.Text("caBundle") ?? ""), error));
        }
        else
        {
            causes.Add(StatusCause.Required($"{Path}.webhookClientConfig", "required when strategy is set to Webhook"));
        }
        Reviews(webhook?.Array("conversionReviewVersions"), oldSpec, causes);
    }

    /// <summary>Why the authorities of a definition's conversion webhook cannot be read; null when they can, or there are none.</summary>
    public static string? BundleError(JsonObject spec)
    {
        if (ClientOf(spec)?.Text("caBundle") is not { Length: > 0 } bundle) return null;
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(bundle)));
            var any = authorities.Count > 0;
            foreach (var authority in authorities) authority.Dispose();
            return any ? null : "unable to load root certificates: unable to parse bytes as PEM block";
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return "unable to load root certificates: unable to parse bytes as PEM block";
        }
    }

    private static JsonObject? ClientOf(JsonObject spec) => spec.Object("conversion")?.Object("webhook")?.Object("clientConfig");

    private static void Strategy(JsonObject conversion, JsonObject spec, List<StatusCause> causes)
    {
        var strategy = conversion.Text("strategy") ?? "";
        if (strategy.Length == 0) causes.Add(StatusCause.Required($"{Path}.strategy"));
        else if (strategy is not ("None" or "Webhook")) causes.Add(StatusCause.NotSupported($"{Path}.strategy", Quote(strategy), ["None", "Webhook"]));
        else if (strategy == "Webhook" && spec.Boolean("preserveUnknownFields") == true)
            causes.Add(StatusCause.Invalid($"{Path}.strategy", Quote(strategy), "must be None if spec.preserveUnknownFields is true"));
    }

    private static void Reviews(JsonArray? versions, JsonObject? oldSpec, List<StatusCause> causes)
    {
        const string path = $"{Path}.conversionReviewVersions";
        if (versions is not { Count: > 0 })
        {
            causes.Add(StatusCause.Required(path));
            return;
        }
        for (var i = 0; i < versions.Count; i++)
        {
            var version = versions[i].AsText() ?? "";
            if (versions.Take(i).Any(v => v.AsText() == version)) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(version), "duplicate version"));
            else if (Names.Dns1035Error(version) is { } error) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(version), error));
        }
        var before = oldSpec?.Object("conversion")?.Object("webhook")?.Array("conversionReviewVersions");
        // One that was let in by another version of the server stays.
        if (!Recognizes(versions) && (before is null || Recognizes(before)))
            causes.Add(StatusCause.Invalid(path, versions.Shown(), $"must include at least one of {string.Join(", ", ReviewVersions)}"));
    }

    private static bool Recognizes(JsonArray versions) => versions.Any(v => ReviewVersions.Contains(v.AsText()));
}
