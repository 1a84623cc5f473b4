using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of volumes that join several sources in one directory.</summary>
internal static class ProjectedVolumeRules
{
    public static void Validate(JsonObject source, string path, List<StatusCause> causes)
    {
        Mode(source, "defaultMode", path, causes);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var each in source.Objects("sources"))
        {
            var at = $"{path}.sources[{i++}]";
            var given = 0;
            foreach (var (kind, value) in each)
            {
                if (value is not JsonObject projection) continue;
                given++;
                Projection(kind, projection, paths, path, $"{at}.{kind}", causes);
            }
            if (given > 1) causes.Add(StatusCause.Forbidden(at, "may not specify more than 1 volume type per source"));
        }
    }

    private static void Projection(string kind, JsonObject projection, HashSet<string> paths, string path, string at, List<StatusCause> causes)
    {
        switch (kind)
        {
            case "secret" or "configMap":
                Required(projection, "name", at, causes);
                VolumeRules.Files(projection, at, causes);
                foreach (var item in projection.Objects("items")) Once(item.Text("path"), projection.Text("name") ?? "");
                break;
            case "downwardAPI":
                foreach (var file in projection.Objects("items"))
                {
                    VolumeRules.DownwardFile(file, at, causes);
                    Once(file.Text("path"), file.Text("path") ?? "");
                }
                break;
            case "serviceAccountToken":
                if (projection.Integer("expirationSeconds") < 600) causes.Add(StatusCause.Invalid($"{at}.expirationSeconds", projection["expirationSeconds"].Shown(), "may not specify a duration less than 10 minutes"));
                if (projection.Integer("expirationSeconds") > 1L << 32) causes.Add(StatusCause.Invalid($"{at}.expirationSeconds", projection["expirationSeconds"].Shown(), "may not specify a duration larger than 2^32 seconds"));
                if (Required(projection, "path", path, causes)) UnreservedPath(projection.Text("path"), $"{path}.path", causes);
                break;
            case "clusterTrustBundle":
                TrustBundle(projection, at, causes);
                Once(projection.Text("path"), projection.Text("path") ?? "");
                break;
            case "podCertificate":
                Certificate(projection, at, causes);
                break;
        }

        void Once(string? file, string shown)
        {
            if (!string.IsNullOrEmpty(file) && !paths.Add(file)) causes.Add(StatusCause.Invalid(path, Quote(shown), "conflicting duplicate paths"));
        }
    }

    private static void TrustBundle(JsonObject bundle, string path, List<StatusCause> causes)
    {
        var (name, signer) = (bundle.Text("name"), bundle.Text("signerName"));
        if (name is not null && signer is not null) causes.Add(StatusCause.Invalid(path, bundle.Shown(), "only one of name and signerName may be used"));
        else if (name is null && signer is null) causes.Add(StatusCause.Required(path, "either name or signerName must be specified"));
        else if (name is not null)
        {
            Required(bundle, "name", path, causes, "must be a valid object name");
            if (bundle["labelSelector"] is not null) causes.Add(StatusCause.Invalid($"{path}.labelSelector", bundle["labelSelector"].Shown(), "labelSelector must be unset if name is specified"));
        }
        else
        {
            Required(bundle, "signerName", path, causes, "must be a valid signer name");
            SelectorRules.Validate(bundle.Object("labelSelector"), $"{path}.labelSelector", causes);
        }
        if (Required(bundle, "path", path, causes)) UnreservedPath(bundle.Text("path"), $"{path}.path", causes);
    }

    private static void Certificate(JsonObject certificate, string path, List<StatusCause> causes)
    {
        Required(certificate, "signerName", path, causes);
        Required(certificate, "keyType", path, causes);
        if (certificate.Integer("maxExpirationSeconds") is { } seconds && seconds is < 3600 or > 91 * 24 * 3600)
            causes.Add(StatusCause.Invalid($"{path}.maxExpirationSeconds", certificate["maxExpirationSeconds"].Shown(), seconds < 3600 ? "if provided, maxExpirationSeconds must be >= 3600" : "if provided, maxExpirationSeconds must be <= 7862400"));
        var given = 0;
        foreach (var name in (ReadOnlySpan<string>)["credentialBundlePath", "keyPath", "certificateChainPath"])
        {
            if (certificate.Text(name) is not { Length: > 0 } file) continue;
            given++;
            UnreservedPath(file, $"{path}.{name}", causes);
        }
        if (given == 0) causes.Add(StatusCause.Required(path, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"));
    }
}
