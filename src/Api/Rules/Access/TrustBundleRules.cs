using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Access;

/// <summary>ClusterTrustBundle (certificates.k8s.io/v1): authorities that are trusted, of a signer or of nobody in particular.</summary>
internal sealed class TrustBundleRules : KindRules
{
    private const int MaxBytes = 1024 * 1024;
    private const string Path = "spec.trustBundle";

    public override bool IsNamespaced => false;

    /// <summary>What a name may be depends on the signer, so it is looked at with the specification.</summary>
    protected override string? NameError(string name) => null;

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => Validate(document, parses: true, causes);

    /// <summary>A bundle that has not changed is not read again: what could be read of it may differ between versions of the server.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        Validate(updated, old.Object("spec")?.Text("trustBundle") != updated.Object("spec")?.Text("trustBundle"), causes);
        var (before, after) = (old.Object("spec")?.Text("signerName") ?? "", updated.Object("spec")?.Text("signerName") ?? "");
        if (before != after) causes.Add(StatusCause.Invalid("spec.signerName", Quote(after), "field is immutable"));
    }

    private static void Validate(JsonObject document, bool parses, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var signer = spec.Text("signerName") ?? "";
        if (document.Name.Length > 0 && NameError(document.Name, signer) is { } error) causes.Add(StatusCause.Invalid("metadata.name", Quote(document.Name), error));
        if (signer.Length > 0) SignerNames.Validate(signer, "spec.signerName", causes);
        if (parses) Bundle(spec.Text("trustBundle") ?? "", causes);
    }

    private static string? NameError(string name, string signer)
    {
        if (signer.Length == 0) return name.Contains(':') ? "ClusterTrustBundle without signer name must not have \":\" in its name" : Names.SubdomainError(name);
        var prefix = $"{signer.Replace('/', ':')}:";
        return name.StartsWith(prefix, StringComparison.Ordinal) ? Names.SubdomainError(name[prefix.Length..]) : $"ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}";
    }

    private static void Bundle(string bundle, List<StatusCause> causes)
    {
        if (Encoding.UTF8.GetByteCount(bundle) > MaxBytes)
        {
            causes.Add(TooLong(Path, MaxBytes));
            return;
        }
        var blocks = PemBlocks.Read(bundle).ToArray();
        var faults = blocks.Select(Fault).ToArray();
        for (var i = 0; i < faults.Length; i++)
            if (faults[i] is { } fault) Wrong($"entry {i} {fault}");
        if (faults.Any(f => f is not null)) return;
        if (blocks.Length == 0) Wrong("at least one trust anchor must be provided");
        foreach (var same in blocks.Index().GroupBy(b => Convert.ToHexString(SHA256.HashData(b.Item.Data))).Where(g => g.Count() > 1))
            Wrong($"duplicate trust anchor (indices [{string.Join(' ', same.Select(b => b.Index))}])");

        void Wrong(string detail) => causes.Add(StatusCause.Invalid(Path, "\"<value omitted>\"", detail));
    }

    private static string? Fault(PemBlock block)
    {
        if (block.Label != "CERTIFICATE") return $"has bad block type: {block.Label}";
        if (block.HasHeaders) return "has PEM block headers";
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(block.Data);
            return certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(c => c.CertificateAuthority) ? null : "does not have the CA bit set";
        }
        catch (CryptographicException)
        {
            return "does not parse as X.509";
        }
    }
}
