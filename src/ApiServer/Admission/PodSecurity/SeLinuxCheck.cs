using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.ApiServer.Admission.PodSecurity.SecurityViolation;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>The check of SELinux options.</summary>
internal static class SeLinuxCheck
{
    private static readonly string[] Types = ["", "container_t", "container_init_t", "container_kvm_t"];
    private static readonly string[] TypesFrom31 = [.. Types, "container_engine_t"];

    public static SecurityViolation? Before31(PodView pod) => Check(pod, Types);

    public static SecurityViolation? From31(PodView pod) => Check(pod, TypesFrom31);

    private static SecurityViolation? Check(PodView pod, string[] allowed)
    {
        var types = new List<string>();
        var (user, role) = (false, false);
        var own = IsBad(pod.Security);
        var containers = pod.Containers.Where(c => IsBad(PodView.SecurityOf(c))).Select(PodView.Name).ToArray();
        if (!own && containers.Length == 0) return null;

        var what = new List<string>();
        if (types.Count > 0) what.Add($"{Plural("type", types.Distinct().Count())} {Sorted(types)}");
        if (user) what.Add("user may not be set");
        if (role) what.Add("role may not be set");
        return new("seLinuxOptions", $"{Setters(own, containers)} set forbidden securityContext.seLinuxOptions: {string.Join("; ", what)}");

        bool IsBad(JsonObject? security)
        {
            if (security?.Object("seLinuxOptions") is not { } options) return false;
            var type = options.Text("type") ?? "";
            var (badType, hasUser, hasRole) = (!allowed.Contains(type), options.Text("user") is { Length: > 0 }, options.Text("role") is { Length: > 0 });
            if (badType) types.Add(type);
            user |= hasUser;
            role |= hasRole;
            return badType || hasUser || hasRole;
        }
    }
}
