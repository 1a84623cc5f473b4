using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Scheduler.Tests.Decision;

public sealed class DeviceSearchTests
{
    private static readonly NodeInfo Node = Make.Node("n1", labels: "\"zone\":\"a\"");

    // Two large and one small on n1, in two rows of sockets; one elsewhere.
    private const string Gpus = """
        {"metadata":{"name":"s1"},"spec":{"driver":"gpu.example.com","nodeName":"n1","pool":{"name":"n1","generation":1,"resourceSliceCount":1},"devices":[
          {"name":"gpu-0","attributes":{"size":{"string":"large"},"row":{"int":0}},"capacity":{"memory":{"value":"80Gi"}}},
          {"name":"gpu-1","attributes":{"size":{"string":"large"},"row":{"int":1}},"capacity":{"memory":{"value":"80Gi"}}},
          {"name":"gpu-2","attributes":{"size":{"string":"small"},"row":{"int":1}},"capacity":{"memory":{"value":"8Gi"}}}]}}
        """;

    private const string Elsewhere = """
        {"metadata":{"name":"s2"},"spec":{"driver":"gpu.example.com","nodeName":"n2","pool":{"name":"n2","generation":1,"resourceSliceCount":1},"devices":[{"name":"gpu-9"}]}}
        """;

    [Theory]
    [InlineData("one", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":1}}]}""", "g=gpu-0")]
    [InlineData("several", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":2}}]}""", "g=gpu-0 g=gpu-1")]
    [InlineData("more than there are", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":4}}]}""", null)]
    [InlineData("by the class", """{"requests":[{"name":"g","exactly":{"deviceClassName":"small"}}]}""", "g=gpu-2")]
    [InlineData("by a selector", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","selectors":[{"cel":{"expression":"device.attributes['gpu.example.com'].row == 1"}}]}}]}""", "g=gpu-1")]
    [InlineData("by capacity", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":2,"capacity":{"requests":{"memory":"10Gi"}}}}]}""", "g=gpu-0 g=gpu-1")]
    [InlineData("by capacity that none has", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","capacity":{"requests":{"memory":"100Gi"}}}}]}""", null)]
    [InlineData("all", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","allocationMode":"All"}}]}""", "g=gpu-0 g=gpu-1 g=gpu-2")]
    [InlineData("all of none", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","allocationMode":"All","selectors":[{"cel":{"expression":"false"}}]}}]}""", null)]
    [InlineData("two requests", """{"requests":[{"name":"a","exactly":{"deviceClassName":"gpu"}},{"name":"b","exactly":{"deviceClassName":"gpu"}}]}""", "a=gpu-0 b=gpu-1")]
    [InlineData("a wide one before a narrow one", """{"requests":[{"name":"a","exactly":{"deviceClassName":"gpu","count":2}},{"name":"b","exactly":{"deviceClassName":"gpu","selectors":[{"cel":{"expression":"device.attributes['gpu.example.com'].row == 0"}}]}}]}""", "a=gpu-1 a=gpu-2 b=gpu-0")]
    [InlineData("the first alternative", """{"requests":[{"name":"g","firstAvailable":[{"name":"s","deviceClassName":"small"},{"name":"l","deviceClassName":"gpu","count":2}]}]}""", "g/s=gpu-2")]
    [InlineData("another alternative", """{"requests":[{"name":"g","firstAvailable":[{"name":"s","deviceClassName":"small","count":2},{"name":"l","deviceClassName":"gpu","count":2}]}]}""", "g/l=gpu-0 g/l=gpu-1")]
    [InlineData("of the same row", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":2}}],"constraints":[{"matchAttribute":"gpu.example.com/row"}]}""", "g=gpu-1 g=gpu-2")]
    [InlineData("of different sizes", """{"requests":[{"name":"a","exactly":{"deviceClassName":"gpu"}},{"name":"b","exactly":{"deviceClassName":"gpu"}}],"constraints":[{"requests":["a","b"],"distinctAttribute":"gpu.example.com/size"}]}""", "a=gpu-0 b=gpu-2")]
    [InlineData("a constraint on one of them", """{"requests":[{"name":"a","exactly":{"deviceClassName":"gpu"}},{"name":"b","exactly":{"deviceClassName":"gpu"}}],"constraints":[{"requests":["a"],"matchAttribute":"gpu.example.com/row"}]}""", "a=gpu-0 b=gpu-1")]
    [InlineData("an attribute that none has", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}],"constraints":[{"matchAttribute":"gpu.example.com/nope"}]}""", null)]
    [InlineData("too many of the same row", """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":3}}],"constraints":[{"matchAttribute":"gpu.example.com/row"}]}""", null)]
    [InlineData("nothing", """{"requests":[]}""", "")]
    public void A_claim_is_given_what_it_asks_for(string what, string asked, string? expected) => Assert.True(expected == Given([asked], [Gpus, Elsewhere]), what);

    [Fact]
    public void Claims_of_a_pod_share_nothing_and_are_given_all_or_none()
    {
        const string Two = """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":2}}]}""", One = """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}""";
        Assert.Equal("g=gpu-0 g=gpu-1; g=gpu-2", Given([Two, One], [Gpus]));
        Assert.Null(Given([Two, Two], [Gpus]));
    }

    [Fact]
    public void What_is_given_away_is_nobody_elses_but_for_who_looks_after_it()
    {
        const string One = """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}""", Admin = """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","allocationMode":"All","adminAccess":true}}]}""";
        Assert.Equal("g=gpu-1", Given([One], [Gpus], "gpu-0"));
        Assert.Null(Given([One], [Gpus], "gpu-0", "gpu-1", "gpu-2"));
        Assert.Equal("g=gpu-0 g=gpu-1 g=gpu-2", Given([Admin], [Gpus], "gpu-0", "gpu-1", "gpu-2"));
        Assert.Equal("g=gpu-0 g=gpu-1 g=gpu-2; g=gpu-0", Given([Admin, One], [Gpus]));
        Assert.Null(Given(["""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","allocationMode":"All"}}]}"""], [Gpus], "gpu-2"));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("""{"key":"broken","operator":"Exists"}""", "g=a")]
    [InlineData("""{"key":"broken","operator":"Exists","effect":"NoExecute"}""", null)]
    public void Taints_keep_a_device_from_who_does_not_tolerate_them(string toleration, string? expected) => Assert.Equal(expected, Given(
        [$$$"""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","tolerations":[{{{toleration}}}]}}]}"""],
        [Slice("""{"name":"a","taints":[{"key":"broken","effect":"NoSchedule"}]}""")]));

    [Theory]
    [InlineData("""{"deviceSelector":{},"taint":{"key":"k","effect":"NoSchedule"}}""", "", null)]
    [InlineData("""{"deviceSelector":{"driver":"gpu.example.com","pool":"n1","device":"a"},"taint":{"key":"k","effect":"NoExecute"}}""", "", "g=b")]
    [InlineData("""{"deviceSelector":{"driver":"gpu.example.com","pool":"n1","device":"a"},"taint":{"key":"k","effect":"NoExecute"}}""", """{"key":"k","operator":"Exists"}""", "g=a")]
    [InlineData("""{"deviceSelector":{"pool":"n2"},"taint":{"key":"k","effect":"NoSchedule"}}""", "", "g=a")]
    [InlineData("""{"deviceSelector":{"driver":"other.example.com"},"taint":{"key":"k","effect":"NoSchedule"}}""", "", "g=a")]
    [InlineData("""{"taint":{"key":"k","effect":"NoSchedule"}}""", "", "g=a")] // without a selector it concerns none
    [InlineData("""{"deviceSelector":{},"taint":{"key":"k","effect":"None"}}""", "", "g=a")]
    public void Rules_taint_devices_as_their_drivers_do(string rule, string toleration, string? expected)
    {
        var solution = Solve([$$$"""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","tolerations":[{{{toleration}}}]}}]}"""],
            [Slice("""{"name":"a"},{"name":"b"}""")], [], null, $$$"""{"metadata":{"name":"r"},"spec":{{{rule}}}}""");
        Assert.Equal(expected, solution.Claims is { } claims ? string.Join(' ', claims[0].Select(one => $"{one.Way.Name}={one.Device.Id.Device}")) : null);
    }

    [Theory]
    // memory that each of two claims asks for; what of 40Gi others consume already; what is given
    [InlineData("10Gi", "20Gi", "", "g=a:10Gi; g=a:20Gi")]
    [InlineData("30Gi", "20Gi", "", "g=a:30Gi; g=b:20Gi")]
    [InlineData("30Gi", "20Gi", "a=15Gi", "g=b:30Gi; g=a:20Gi")]
    [InlineData("30Gi", "20Gi", "a", "")] // somebody has it to himself
    [InlineData("50Gi", "1Gi", "", "")]
    [InlineData(null, "1Gi", "", "g=a:40Gi; g=b:1Gi")] // who asks for nothing has all of it
    [InlineData(null, null, "a=1Gi", "")]
    public void Claims_share_a_device_as_far_as_its_capacity_lasts(string? first, string? second, string taken, string expected)
    {
        var slice = Slice(string.Join(',', new[] { "a", "b" }.Select(name => $$$$"""{"name":"{{{{name}}}}","allowMultipleAllocations":true,"capacity":{"memory":{"value":"40Gi"}}}""")));
        var solution = Solve([Asking(first), Asking(second)], [slice], taken.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(expected, Shares(solution));
    }

    [Theory]
    // policy; what is asked; what is consumed
    [InlineData("""{"default":"4Gi"}""", null, "4Gi")]
    [InlineData("""{"default":"4Gi","validRange":{"min":"2Gi","step":"2Gi","max":"16Gi"}}""", "1Gi", "2Gi")]
    [InlineData("""{"default":"4Gi","validRange":{"min":"2Gi","step":"2Gi","max":"16Gi"}}""", "5Gi", "6Gi")]
    [InlineData("""{"default":"4Gi","validRange":{"min":"2Gi","step":"2Gi","max":"16Gi"}}""", "17Gi", "")]
    [InlineData("""{"default":"4Gi","validRange":{"min":"2Gi","max":"16Gi"}}""", "5Gi", "5Gi")]
    [InlineData("""{"default":"4Gi","validValues":["4Gi","8Gi"]}""", "5Gi", "8Gi")]
    [InlineData("""{"default":"4Gi","validValues":["4Gi","8Gi"]}""", "9Gi", "")]
    [InlineData("""{"default":"500m","validRange":{"min":"250m","step":"250m"}}""", "300m", "500m")]
    public void A_device_has_rules_for_what_a_request_consumes(string policy, string? asked, string consumed)
    {
        var slice = Slice($$$"""{"name":"a","allowMultipleAllocations":true,"capacity":{"memory":{"value":"40Gi","requestPolicy":{{{policy}}} } } }""");
        Assert.Equal(consumed.Length == 0 ? "" : $"g=a:{consumed}", Shares(Solve([Asking(asked)], [slice], [])));
    }

    [Fact]
    public void A_shared_device_takes_of_its_pools_counters_once()
    {
        string[] slices =
        [
            """{"metadata":{"name":"c"},"spec":{"driver":"gpu.example.com","nodeName":"n1","pool":{"name":"n1","generation":1,"resourceSliceCount":2},"sharedCounters":[{"name":"s","counters":{"memory":{"value":"10Gi"}}}]}}""",
            """
            {"metadata":{"name":"d"},"spec":{"driver":"gpu.example.com","nodeName":"n1","pool":{"name":"n1","generation":1,"resourceSliceCount":2},"devices":[
              {"name":"a","allowMultipleAllocations":true,"capacity":{"memory":{"value":"8Gi"}},"consumesCounters":[{"counterSet":"s","counters":{"memory":{"value":"8Gi"}}}]},
              {"name":"b","allowMultipleAllocations":true,"capacity":{"memory":{"value":"8Gi"}},"consumesCounters":[{"counterSet":"s","counters":{"memory":{"value":"8Gi"}}}]}]}}
            """,
        ];
        Assert.Equal("g=a:4Gi; g=a:4Gi", Shares(Solve([Asking("4Gi"), Asking("4Gi")], slices, [])));
        Assert.Equal("g=a:4Gi", Shares(Solve([Asking("4Gi")], slices, ["a=4Gi"])));
        Assert.Equal("", Shares(Solve([Asking("5Gi"), Asking("5Gi")], slices, [])));
        Assert.Equal("g=b:5Gi", Shares(Solve([Asking("5Gi")], slices, ["b=1Gi"])));
    }

    [Fact]
    public void A_share_is_written_with_what_it_consumes_and_what_is_to_be_waited_for()
    {
        var slice = Slice("""{"name":"a","allowMultipleAllocations":true,"capacity":{"gpu.example.com/memory":{"value":"40Gi"}},"bindsToNode":true,"bindingConditions":["ready"],"bindingFailureConditions":["broken"]}""");
        var open = Open("""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","capacity":{"requests":{"memory":"1Gi"}}}},{"name":"h","exactly":{"deviceClassName":"gpu","capacity":{"requests":{"memory":"2Gi"}}}}]}""", 0);
        var pools = DevicePool.Of([Kinds.DeviceSlices.Read(Encoding.UTF8.GetBytes(slice))], []);
        var given = DeviceSearch.For([open], Node, pools, new(), new()).Claims![0];
        var results = DeviceAllocation.For(open, given, Node, new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc))["devices"]!["results"]!.AsArray();
        Assert.Equal(["1Gi", "2Gi"], results.Select(result => (string?)result!["consumedCapacity"]!["gpu.example.com/memory"]));
        Assert.Equal("""["ready"] ["broken"]""", $"{results[0]!["bindingConditions"]!.ToJsonString()} {results[0]!["bindingFailureConditions"]!.ToJsonString()}");
        var ids = results.Select(result => Guid.ParseExact((string)result!["shareID"]!, "D")).ToList();
        Assert.NotEqual(ids[0], ids[1]);
    }

    private static string Asking(string? memory) => memory is null
        ? """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}"""
        : $$$"""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","capacity":{"requests":{"memory":"{{{memory}}}"} } } }]}""";

    private static string Shares(DeviceSolution solution) => string.Join("; ", (solution.Claims ?? []).Select(given =>
        string.Join(' ', given.Select(one => $"{one.Way.Name}={one.Device.Id.Device}:{one.Take.Share![("gpu.example.com", "memory")]}"))));

    [Fact]
    public void Devices_that_are_parts_of_others_take_of_what_they_share()
    {
        string[] parts =
        [
            """
            {"metadata":{"name":"c"},"spec":{"driver":"gpu.example.com","nodeName":"n1","pool":{"name":"n1","generation":1,"resourceSliceCount":2},
              "sharedCounters":[{"name":"gpu-0","counters":{"memory":{"value":"40Gi"}}}]}}
            """,
            """
            {"metadata":{"name":"d"},"spec":{"driver":"gpu.example.com","nodeName":"n1","pool":{"name":"n1","generation":1,"resourceSliceCount":2},"devices":[
              {"name":"whole","consumesCounters":[{"counterSet":"gpu-0","counters":{"memory":{"value":"40Gi"}}}]},
              {"name":"half-0","consumesCounters":[{"counterSet":"gpu-0","counters":{"memory":{"value":"20Gi"}}}]},
              {"name":"half-1","consumesCounters":[{"counterSet":"gpu-0","counters":{"memory":{"value":"20Gi"}}}]}]}}
            """,
        ];
        const string One = """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}""", Two = """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":2}}]}""";
        Assert.Equal("g=whole", Given([One], parts));
        Assert.Equal("g=half-0 g=half-1", Given([Two], parts));
        Assert.Equal("g=half-1", Given([One], parts, "half-0"));
        Assert.Null(Given([One], parts, "whole"));
    }

    [Theory]
    [InlineData(""" "allNodes":true,"devices":[{"name":"a"}] """, "g=a")]
    [InlineData(""" "nodeSelector":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"zone","operator":"In","values":["a"]}]}]},"devices":[{"name":"a"}] """, "g=a")]
    [InlineData(""" "nodeSelector":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"zone","operator":"In","values":["b"]}]}]},"devices":[{"name":"a"}] """, null)]
    [InlineData(""" "perDeviceNodeSelection":true,"devices":[{"name":"a","nodeName":"n2"},{"name":"b","nodeName":"n1"}] """, "g=b")]
    public void Devices_are_where_their_slice_or_they_say(string place, string? expected) => Assert.Equal(expected, Given(
        ["""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}"""],
        [$$$"""{"metadata":{"name":"s"},"spec":{"driver":"gpu.example.com","pool":{"name":"p","generation":1,"resourceSliceCount":1},{{{place}}}}}"""]));

    [Fact]
    public void Of_a_pool_the_newest_generation_counts_once_it_is_complete()
    {
        const string One = """{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}""";
        string Of(string name, int generation, int count, string device) =>
            $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"driver":"gpu.example.com","nodeName":"n1","pool":{"name":"n1","generation":{{{generation}}},"resourceSliceCount":{{{count}}}},"devices":[{"name":"{{{device}}}"}]}}""";
        Assert.Equal("g=new", Given([One], [Of("a", 1, 1, "old"), Of("b", 2, 1, "new")]));
        Assert.Null(Given([One], [Of("a", 1, 1, "old"), Of("b", 2, 2, "new")]));
        Assert.Null(Given([One], [Of("a", 1, 2, "same"), Of("b", 1, 2, "same")]));
    }

    [Theory]
    [InlineData("""{"requests":[{"name":"g","exactly":{"deviceClassName":"small","count":2}}]}""", "request \"g\" of claim c0 asks for 2 devices of class small, and 1 of 1 that suit there is free")]
    [InlineData("""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","selectors":[{"cel":{"expression":"device.attributes['x.example.com'].y == 1"}}]}}]}""",
        "a selector of request g or of device class gpu fails on device gpu.example.com/n1/gpu-0: no such key: y")]
    [InlineData("""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":3}}],"constraints":[{"matchAttribute":"gpu.example.com/row"}]}""",
        "each request finds devices that are free there, and together they do not: constraints, shared counters or another request take them")]
    public void What_is_lacking_is_said(string asked, string expected) => Assert.Equal(expected, Solve([asked], [Gpus], []).Lack);

    [Theory]
    [InlineData("a device that comes before it is taken", 1, "", "g=a")]
    [InlineData("it is come to", 2, "", null)]
    [InlineData("it is come to, and another would do", 1, "a", null)]
    [InlineData("it is given away", 2, "b", "g=a g=c")]
    public void A_device_of_which_a_selector_cannot_say_whether_it_suits_ends_the_search_that_comes_to_it(string what, int count, string taken, string? expected)
    {
        var asked = $$$"""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":{{{count}}},"selectors":[{"cel":{"expression":"device.attributes['gpu.example.com'].size == 'large'"}}]}}]}""";
        string[] slices = [Slice("""{"name":"a","attributes":{"size":{"string":"large"}}},{"name":"b"},{"name":"c","attributes":{"size":{"string":"large"}}}""")];
        Assert.True(expected == Given([asked], slices, taken), what);
        if (expected is null)
            Assert.Equal("a selector of request g or of device class gpu fails on device gpu.example.com/n1/b: no such key: size", Solve([asked], slices, [taken]).Lack);
    }

    [Fact]
    public void A_search_without_end_ends_and_leaves_the_other_nodes_what_they_need()
    {
        var budget = new SearchBudget();
        var devices = string.Join(',', Enumerable.Range(0, 40).Select(i => $$$$"""{"name":"d{{{{i}}}}","attributes":{"row":{"int":{{{{i % 2}}}}}}}"""));
        Assert.StartsWith("too many combinations", Solve(
            ["""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":16}},{"name":"h","exactly":{"deviceClassName":"gpu","count":16}}],"constraints":[{"requests":["g"],"matchAttribute":"gpu.example.com/row"},{"requests":["h"],"matchAttribute":"gpu.example.com/row"},{"matchAttribute":"gpu.example.com/row"}]}"""],
            [Slice(devices)], [], budget).Lack, StringComparison.Ordinal);
        Assert.Equal(1000, budget.OfNode);
        Assert.NotNull(Solve(["""{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu","count":3}}]}"""], [Slice(devices)], [], budget).Claims);
    }

    [Fact]
    public void What_was_given_is_written_with_its_settings_and_its_place()
    {
        var claim = Open("""
            {"requests":[{"name":"a","firstAvailable":[{"name":"x","deviceClassName":"small","count":2},{"name":"y","deviceClassName":"gpu","tolerations":[{"key":"k","operator":"Exists"}]}]},
                         {"name":"b","exactly":{"deviceClassName":"gpu","adminAccess":true}}],
             "config":[{"requests":["a/x"],"opaque":{"driver":"d","parameters":{"of":"x"}}},{"requests":["a"],"opaque":{"driver":"d","parameters":{"of":"a"}}},{"requests":["a","b"],"opaque":{"driver":"d","parameters":{"of":"both"}}},{"opaque":{"driver":"d","parameters":{"of":"all"}}}]}
            """, 0);
        var given = DeviceSearch.For([claim], Node, DevicePool.Of([Kinds.DeviceSlices.Read(Encoding.UTF8.GetBytes(Gpus))], []), new(), new()).Claims![0];
        var expected = JsonNode.Parse("""
            {"devices":{"results":[
                {"request":"a/y","driver":"gpu.example.com","pool":"n1","device":"gpu-0","tolerations":[{"key":"k","operator":"Exists"}]},
                {"request":"b","driver":"gpu.example.com","pool":"n1","device":"gpu-1","adminAccess":true}],
              "config":[
                {"source":"FromClass","opaque":{"driver":"d","parameters":{"of":"class"}}},
                {"source":"FromClaim","opaque":{"driver":"d","parameters":{"of":"a"}},"requests":["a"]},
                {"source":"FromClaim","opaque":{"driver":"d","parameters":{"of":"both"}},"requests":["a","b"]},
                {"source":"FromClaim","opaque":{"driver":"d","parameters":{"of":"all"}}}]},
             "allocationTimestamp":"2026-01-02T03:04:05Z",
             "nodeSelector":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}]}}
            """);
        var written = DeviceAllocation.For(claim, given, Node, new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        Assert.True(JsonNode.DeepEquals(expected, written), written.ToJsonString());
    }

    private static string Slice(string devices) =>
        $$$"""{"metadata":{"name":"s"},"spec":{"driver":"gpu.example.com","nodeName":"n1","pool":{"name":"n1","generation":1,"resourceSliceCount":1},"devices":[{{{devices}}}]}}""";

    private static string? Given(string[] claims, string[] slices, params string[] taken) => Solve(claims, slices, taken).Claims is { } all
        ? string.Join("; ", all.Select(given => string.Join(' ', given.Select(one => $"{one.Way.Name}={one.Device.Id.Device}"))))
        : null;

    private static DeviceSolution Solve(string[] claims, string[] slices, string[] taken, SearchBudget? budget = null, params string[] rules)
    {
        var use = new DeviceUse();
        use.Add(taken.Select(TakenOf));
        var pools = DevicePool.Of(slices.Select(slice => Kinds.DeviceSlices.Read(Encoding.UTF8.GetBytes(slice))), [.. rules.Select(rule => Kinds.DeviceTaintRules.Read(Encoding.UTF8.GetBytes(rule)))]);
        return DeviceSearch.For([.. claims.Select(Open)], Node, pools, use, budget ?? new());
    }

    // A device, and after an equals sign how much memory of it somebody consumes who shares it.
    private static DeviceTake TakenOf(string text) => text.Split('=') is [var device, var memory]
        ? new(new("gpu.example.com", "n1", device), new Dictionary<(string, string), Quantity> { [("gpu.example.com", "memory")] = Quantity.Parse(memory) })
        : new(new("gpu.example.com", "n1", text), null);

    private static OpenDeviceClaim Open(string devices, int index)
    {
        var claim = Kinds.DeviceClaims.Read(Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"c{{{index}}}"},"spec":{"devices":{{{devices}}}}}"""));
        var open = OpenDeviceClaim.Of(Make.Key($"c{index}"), claim, ClassOf, new DeviceState().Selector, out var fault);
        Assert.Null(fault);
        return open;
    }

    private static DeviceClassView ClassOf(string name) => Kinds.DeviceClasses.Read(Encoding.UTF8.GetBytes(name == "small"
        ? """{"metadata":{"name":"small"},"spec":{"selectors":[{"cel":{"expression":"device.attributes['gpu.example.com'].size == 'small'"}}]}}"""
        : """{"metadata":{"name":"gpu"},"spec":{"selectors":[{"cel":{"expression":"device.driver == 'gpu.example.com'"}}],"config":[{"opaque":{"driver":"d","parameters":{"of":"class"}}}]}}"""));
}
