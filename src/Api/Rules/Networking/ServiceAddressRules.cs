using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>The rules of a service's own addresses and their families.</summary>
internal static class ServiceAddressRules
{
    public static void Validate(JsonObject spec, List<StatusCause> causes)
    {
        var (single, all) = (spec.Text("clusterIP") ?? "", spec.Array("clusterIPs"));
        var count = all?.Count ?? 0;
        if (single.Length > 0 && count == 0) causes.Add(StatusCause.Required("spec.clusterIPs"));
        else if (single.Length > 0 && all![0].AsText() != single) causes.Add(StatusCause.Invalid("spec.clusterIPs", all.Shown(), "first value must match `clusterIP`"));
        else if (single.Length == 0 && count > 0) causes.Add(StatusCause.Invalid("spec.clusterIPs", all.Shown(), "must be empty when `clusterIP` is not specified"));
        Families(spec, causes);
        Supported(spec, "ipFamilyPolicy", ["PreferDualStack", "RequireDualStack", "SingleStack"], "spec", causes);
        var before = causes.Count;
        for (var i = 0; i < count; i++)
        {
            var address = all![i].AsText() ?? "";
            if (i == 0 && address == "None")
            {
                if (count > 1) causes.Add(StatusCause.Invalid("spec.clusterIPs", all.Shown(), "'None' must be the first and only value"));
                continue;
            }
            if (AddressError(address) is { } error) causes.Add(StatusCause.Invalid($"spec.clusterIPs[{i}]", Quote(address), error));
        }
        if (count > 2) causes.Add(StatusCause.Invalid("spec.clusterIPs", all.Shown(), "may only hold up to 2 values"));
        // What follows would only repeat that an address is none.
        if (causes.Count > before || count == 0 || ServiceNeeds.IsHeadless(spec)) return;
        if (count == 2 && IsV6(all!, 0) == IsV6(all!, 1)) causes.Add(StatusCause.Invalid("spec.clusterIPs", all.Shown(), "may specify no more than one IP for each IP family"));
        var families = spec.Array("ipFamilies");
        for (var i = 0; i < count && i < (families?.Count ?? 0); i++)
        {
            if (families![i].AsText() == "IPv4" && IsV6(all!, i)) causes.Add(StatusCause.Invalid($"spec.clusterIPs[{i}]", all![i].Shown(), $"expected an IPv4 value as indicated by `ipFamilies[{i}]`"));
            if (families[i].AsText() == "IPv6" && !IsV6(all!, i)) causes.Add(StatusCause.Invalid($"spec.clusterIPs[{i}]", all![i].Shown(), $"expected an IPv6 value as indicated by `ipFamilies[{i}]`"));
        }
    }

    private static void Families(JsonObject spec, List<StatusCause> causes)
    {
        var families = spec.Array("ipFamilies");
        for (var i = 0; i < (families?.Count ?? 0); i++)
        {
            if (families![i].AsText() is not ("IPv4" or "IPv6")) causes.Add(StatusCause.NotSupported($"spec.ipFamilies[{i}]", families[i].Shown(), ["IPv4", "IPv6"]));
            for (var j = 0; j < i; j++)
                if (families[j].AsText() == families[i].AsText()) causes.Add(StatusCause.Duplicate($"spec.ipFamilies[{i}]", families[i].Shown()));
        }
    }

    private static bool IsV6(JsonArray addresses, int index) => addresses[index].AsText()?.Contains(':') == true;
}
