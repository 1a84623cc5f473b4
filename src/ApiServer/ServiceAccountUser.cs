namespace Slipway.ApiServer;

/// <summary>How service accounts are called as users (<see href="https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/"/>).</summary>
internal static class ServiceAccountUser
{
    private const string Prefix = "system:serviceaccount:";

    /// <summary>The user of the controllers of flows that run beside the server.</summary>
    public static string Flows { get; } = NameOf("slipway-system", "flows");

    /// <summary>The user name of a service account.</summary>
    public static string NameOf(string ns, string name) => $"{Prefix}{ns}:{name}";

    /// <summary>The groups of a namespace's service accounts.</summary>
    public static IReadOnlyList<string> GroupsOf(string ns) => ["system:serviceaccounts", $"system:serviceaccounts:{ns}"];

    /// <summary>Namespace and name of the service account that a user name means; null for other users.</summary>
    public static (string Namespace, string Name)? Parse(string user)
    {
        if (!user.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var parts = user[Prefix.Length..].Split(':');
        return parts is [{ Length: > 0 } ns, { Length: > 0 } name] ? (ns, name) : null;
    }
}
