using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Access;

/// <summary>Names of signers of certificates: a domain of two labels or more, a slash, and subdomains joined by dots.</summary>
internal static class SignerNames
{
    private const int MaxDomainBytes = 253;
    private const int MaxBytes = MaxDomainBytes + 1 + 63 + 1 + 253;

    /// <summary>Whether a signer is of the Kubernetes project.</summary>
    public static bool IsKubernetes(string signer)
    {
        var domain = signer.Split('/')[0];
        return domain == "kubernetes.io" || domain.EndsWith(".kubernetes.io", StringComparison.Ordinal);
    }

    /// <summary>Adds what is wrong with the name of a signer, which must be there.</summary>
    public static void Validate(string signer, string path, List<StatusCause> causes)
    {
        if (signer.Length == 0)
        {
            causes.Add(StatusCause.Required(path));
            return;
        }
        if (signer.Split('/') is not [var domain, var name])
        {
            causes.Add(StatusCause.Invalid(path, Quote(signer), "must be a fully qualified domain and path of the form 'example.com/signer-name'"));
            return;
        }
        if (domain.Length > MaxDomainBytes) causes.Add(TooLong(path, MaxDomainBytes));
        var labels = domain.Split('.');
        Parts(domain, labels, Names.LabelError);
        if (labels.Length < 2) causes.Add(StatusCause.Invalid(path, Quote(domain), "should be a domain with at least two segments separated by dots"));
        Parts(name, name.Split('.'), Names.SubdomainError);
        if (signer.Length > MaxBytes) causes.Add(TooLong(path, MaxBytes));

        // One label that is wrong is enough to know.
        void Parts(string whole, string[] parts, Func<string, string?> error)
        {
            if (Array.Find(parts, p => error(p) is not null) is { } wrong) causes.Add(StatusCause.Invalid(path, Quote(whole), $"validating label {Quote(wrong)}: {error(wrong)}"));
        }
    }
}
