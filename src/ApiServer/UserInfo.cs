namespace Slipway.ApiServer;

/// <summary>Who makes a request, as authentication found it.</summary>
/// <param name="Name">User name: a certificate's common name, <c>system:serviceaccount:NAMESPACE:NAME</c>, or <c>system:anonymous</c>.</param>
/// <param name="Groups">Groups: a certificate's organizations or a service account's, and <c>system:authenticated</c> or <c>system:unauthenticated</c>.</param>
public sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    private static readonly Dictionary<string, IReadOnlyList<string>> EmptyExtra = [];

    /// <summary>Group that may do everything.</summary>
    public const string Masters = "system:masters";

    /// <summary>Group of all who have proved who they are.</summary>
    public const string Authenticated = "system:authenticated";

    /// <summary>Group of those who have not.</summary>
    public const string Unauthenticated = "system:unauthenticated";

    /// <summary>A caller without credentials.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", [Unauthenticated]);

    /// <summary>Whoever makes a request whose credentials are missing or not good.</summary>
    public static UserInfo Unknown { get; } = new("", []);

    /// <summary>What tells users of the same name apart, such as a service account's uid; empty when nothing does.</summary>
    public string Uid { get; init; } = "";

    /// <summary>What else authentication has learned, such as <c>authentication.kubernetes.io/pod-name</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = EmptyExtra;

    /// <summary>Who made the request in the name of this user; null unless it is impersonated.</summary>
    public UserInfo? Impersonator { get; init; }

    /// <summary>A service account with its groups.</summary>
    public static UserInfo ServiceAccount(string ns, string name, string uid = "") =>
        new(ServiceAccountUser.NameOf(ns, name), [.. ServiceAccountUser.GroupsOf(ns), Authenticated]) { Uid = uid };

    /// <summary>Whether the user belongs to a group.</summary>
    public bool IsIn(string group) => Groups.Contains(group);
}
