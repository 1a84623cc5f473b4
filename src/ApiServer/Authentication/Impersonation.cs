using Microsoft.AspNetCore.Http;
using Slipway.Api;
using Slipway.ApiServer.Authorization;

namespace Slipway.ApiServer.Authentication;

/// <summary>
/// Acts as another user where headers ask for it and the caller may
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation"/>).
/// </summary>
internal static class Impersonation
{
    private const string User = "Impersonate-User";
    private const string Group = "Impersonate-Group";
    private const string Uid = "Impersonate-Uid";
    private const string Extra = "Impersonate-Extra-";

    /// <summary>The user that a request is made as: the caller, or whom its headers name.</summary>
    /// <exception cref="ApiException">400: headers without a user; 403: the caller may not act as this user, in this group or with this extra.</exception>
    public static UserInfo Apply(UserInfo caller, IHeaderDictionary headers, Authorizer authorizer)
    {
        if (!IsAsked(headers)) return caller;
        var name = headers[User].ToString();
        var groups = headers[Group].Select(g => g ?? "").Where(g => g.Length > 0).ToList();
        var uid = headers[Uid].ToString();
        var extra = ReadExtra(headers);
        if (name.Length == 0) throw ApiException.BadRequest("requested groups, a uid or extra information without impersonating a user");

        // 1. Everything that is claimed must be allowed.
        var account = ServiceAccountUser.Parse(name);
        authorizer.Require(account is { } a
            ? new AccessRequest(caller, "impersonate") { Resource = "serviceaccounts", Namespace = a.Namespace, Name = a.Name }
            : new AccessRequest(caller, "impersonate") { Resource = "users", Name = name });
        foreach (var group in groups) authorizer.Require(new AccessRequest(caller, "impersonate") { Resource = "groups", Name = group });
        if (uid.Length > 0) authorizer.Require(new AccessRequest(caller, "impersonate") { Group = "authentication.k8s.io", Resource = "uids", Name = uid });
        foreach (var (key, values) in extra)
        {
            foreach (var value in values)
                authorizer.Require(new AccessRequest(caller, "impersonate") { Group = "authentication.k8s.io", Resource = "userextras", Subresource = key, Name = value });
        }

        // 2. What is not claimed follows from the name.
        if (groups.Count == 0 && account is { } known) groups.AddRange(ServiceAccountUser.GroupsOf(known.Namespace));
        AddStanding(name, groups);
        return new UserInfo(name, groups) { Uid = uid, Extra = extra, Impersonator = caller };
    }

    /// <summary>A user that the caller names, and nothing else of it.</summary>
    /// <exception cref="ApiException">403: the caller may not act as this user.</exception>
    public static UserInfo Of(UserInfo caller, string user, Authorizer authorizer) => Apply(caller, new HeaderDictionary { [User] = user }, authorizer);

    private static bool IsAsked(IHeaderDictionary headers)
    {
        foreach (var (header, _) in headers)
        {
            if (header.StartsWith(Extra, StringComparison.OrdinalIgnoreCase) || IsOneOf(header)) return true;
        }
        return false;
    }

    private static bool IsOneOf(string header) =>
        header.Equals(User, StringComparison.OrdinalIgnoreCase) || header.Equals(Group, StringComparison.OrdinalIgnoreCase) || header.Equals(Uid, StringComparison.OrdinalIgnoreCase);

    private static void AddStanding(string name, List<string> groups)
    {
        if (name == UserInfo.Anonymous.Name)
        {
            if (!groups.Contains(UserInfo.Unauthenticated)) groups.Add(UserInfo.Unauthenticated);
        }
        else if (!groups.Contains(UserInfo.Authenticated) && !groups.Contains(UserInfo.Unauthenticated))
        {
            groups.Add(UserInfo.Authenticated);
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadExtra(IHeaderDictionary headers)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (header, values) in headers)
        {
            // Keys may hold what headers cannot, and arrive escaped; their case is lost on the way.
            if (header.StartsWith(Extra, StringComparison.OrdinalIgnoreCase) && header.Length > Extra.Length)
                extra[Uri.UnescapeDataString(header[Extra.Length..].ToLowerInvariant())] = [.. values.Select(v => v ?? "")];
        }
        return extra;
    }
}
