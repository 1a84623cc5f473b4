namespace Slipway.Controllers;

/// <summary>
/// What Kubernetes' own signers put into a certificate
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers"/>).
/// </summary>
internal static class SignerRules
{
    public const string Client = "kubernetes.io/kube-apiserver-client";
    public const string NodeClient = "kubernetes.io/kube-apiserver-client-kubelet";
    public const string NodeServing = "kubernetes.io/kubelet-serving";

    private const string Signature = "digital signature";
    private const string Encipherment = "key encipherment";
    private const string ClientUse = "client auth";
    private const string ServerUse = "server auth";

    /// <summary>Whether the cluster's authority signs for a signer; others have programs of their own.</summary>
    public static bool IsOwn(string signer) => signer is Client or NodeClient or NodeServing;

    /// <summary>Why one of the cluster's own signers does not sign, in Kubernetes' words; null when it does.</summary>
    /// <param name="signer">The signer.</param>
    /// <param name="asked">What is asked for.</param>
    /// <param name="usages">What the certificate is to be used for, as <c>spec.usages</c> has it.</param>
    public static string? Fault(string signer, AskedCertificate asked, IReadOnlyCollection<string> usages) => signer switch
    {
        Client => ClientFault(usages),
        NodeClient => NodeClientFault(asked, usages),
        _ => NodeServingFault(asked, usages),
    };

    private static string? ClientFault(IReadOnlyCollection<string> usages)
    {
        if (usages.FirstOrDefault(usage => usage is not (Signature or Encipherment or ClientUse)) is { } other) return $"invalid usage for client certificate: {other}";
        return usages.Contains(ClientUse) ? null : $"missing required usage for client certificate: {ClientUse}";
    }

    private static string? NodeClientFault(AskedCertificate asked, IReadOnlyCollection<string> usages)
    {
        if (OrganizationFault(asked) is { } fault) return fault;
        if (asked.Has(NameKind.Dns)) return "DNS subjectAltNames are not allowed";
        if (asked.Has(NameKind.Email)) return "Email subjectAltNames are not allowed";
        if (asked.Has(NameKind.Address)) return "IP subjectAltNames are not allowed";
        if (asked.Has(NameKind.Uri)) return "URI subjectAltNames are not allowed";
        return NameFault(asked) ?? UsageFault(usages, ClientUse, $"{ClientUse} {Signature} {Encipherment}");
    }

    private static string? NodeServingFault(AskedCertificate asked, IReadOnlyCollection<string> usages)
    {
        if (OrganizationFault(asked) is { } fault) return fault;
        if (!asked.Has(NameKind.Dns) && !asked.Has(NameKind.Address)) return "DNS or IP subjectAltName is required";
        if (asked.Has(NameKind.Email)) return "Email subjectAltNames are not allowed";
        if (asked.Has(NameKind.Uri)) return "URI subjectAltNames are not allowed";
        return UsageFault(usages, ServerUse, $"{Signature} {Encipherment} {ServerUse}") ?? NameFault(asked);
    }

    private static string? OrganizationFault(AskedCertificate asked) => asked.Organizations is ["system:nodes"] ? null : "subject organization is not system:nodes";

    private static string? NameFault(AskedCertificate asked) =>
        asked.CommonName.StartsWith("system:node:", StringComparison.Ordinal) ? null : "subject common name does not begin with system:node:";

    // Only keys of RSA encipher others.
    private static string? UsageFault(IReadOnlyCollection<string> usages, string use, string all)
    {
        var set = usages.ToHashSet();
        return set.SetEquals([Signature, use]) || set.SetEquals([Signature, Encipherment, use]) ? null : $"usages did not match [{all}]";
    }
}
