using Slipway.Api.Rules;

namespace Slipway.Api.Tests.Rules.Devices;

/// <summary>Claims, classes and slices of devices, with what Kubernetes' own validation says of them.</summary>
public sealed class DeviceTableTests
{
    private const string Group = "resource.k8s.io";

    private static readonly RuleTable Claims = new(Group, "ResourceClaim", "spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c}}]}}");

    private static readonly RuleTable Classes = new(Group, "DeviceClass", "spec: {selectors: [{cel: {expression: 'true'}}]}");

    private static readonly RuleTable Taints = new(Group, "DeviceTaintRule", "spec: {deviceSelector: {driver: d.example.com}, taint: {key: example.com/k, effect: NoSchedule}}");

    private static readonly RuleTable Slices = new(Group, "ResourceSlice", "spec: {driver: d.example.com, nodeName: n, pool: {name: p, resourceSliceCount: 1}, devices: [{name: a}]}");

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {devices: {requests: [{name: Bad_, exactly: {deviceClassName: c}}]}}", "spec.devices.requests[0].name: Invalid value: \"Bad_\": a lowercase RFC 1123 label")]
    [InlineData("spec: {devices: {requests: [{name: r}]}}", "spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {}}]}}", "spec.devices.requests[0].exactly.deviceClassName: Required value")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, allocationMode: Odd}}]}}", "spec.devices.requests[0].exactly.allocationMode: Unsupported value: \"Odd\": supported values: \"All\", \"ExactCount\"")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, count: -1}}]}}", "spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, allocationMode: All, count: 2}}]}}", "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, selectors: [{}]}}]}}", "spec.devices.requests[0].exactly.selectors[0].cel: Required value")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, selectors: [{cel: {expression: 'device.attributes[\"d\"].?cores.orValue(0) > 4 && device.capacity[\"d\"].memory.isGreaterThan(quantity(\"1Gi\"))'}}]}}]}}", "")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, selectors: [{cel: {expression: 'device.model'}}]}}]}}", "spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: \"device.model\": compilation failed: ERROR: <input>:1:7: undefined field 'model'")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, selectors: [{cel: {expression: device.driver}}]}}]}}", "spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: \"device.driver\": compilation failed: ERROR: <input>:1:1: must evaluate to bool")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, tolerations: [{key: k, operator: Exists, value: v}]}}]}}", "spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: \"v\": must be empty for operator `Exists`")]
    [InlineData("spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, tolerations: [{key: k, operator: Odd, effect: Odd}]}}]}}", "spec.devices.requests[0].exactly.tolerations[0].operator: Unsupported value: \"Odd\": supported values: \"Equal\", \"Exists\"\nspec.devices.requests[0].exactly.tolerations[0].effect: Unsupported value: \"Odd\": supported values: \"NoExecute\", \"NoSchedule\", \"None\"")]
    [InlineData("spec: {devices: {constraints: [{requests: [x], matchAttribute: d.example.com/a}]}}", "spec.devices.constraints[0].requests[0]: Invalid value: \"x\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'")]
    [InlineData("spec: {devices: {constraints: [{matchAttribute: a}]}}", "spec.devices.constraints[0].matchAttribute: Invalid value: \"a\": a fully qualified name must be a domain and a name separated by a slash")]
    [InlineData("spec: {devices: {constraints: [{matchAttribute: d.example.com/a-b}]}}", "spec.devices.constraints[0].matchAttribute: Invalid value: \"a-b\": a valid C identifier must start with alphabetic character or '_'")]
    [InlineData("spec: {devices: {constraints: [{}]}}", "spec.devices.constraints[0]: Required value: exactly one of \"matchAttribute\" or \"distinctAttribute\" is required")]
    [InlineData("spec: {devices: {config: [{}]}}", "spec.devices.config[0].opaque: Required value")]
    [InlineData("spec: {devices: {config: [{opaque: {driver: d}}]}}", "spec.devices.config[0].opaque.parameters: Required value")]
    [InlineData("spec: {devices: {config: [{opaque: {driver: d, parameters: [1]}}]}}", "spec.devices.config[0].opaque.parameters: Invalid value: \"<value omitted>\": must be a valid JSON object")]
    [InlineData("spec: {devices: {config: [{requests: [r, r], opaque: {driver: d, parameters: {}}}]}}", "spec.devices.config[0].requests[1]: Duplicate value: \"r\"")]
    public void OfClaims(string change, string expected) => Claims.Check(change, expected);

    [Theory]
    [InlineData("{devices: {results: [{tolerations: [{operator: Exists, effect: NoExecute}], skipNodeOperations: ['*']}], config: [{source: FromClass}]}}", "")]
    [InlineData("{devices: {config: [{source: Odd}, {}]}}", "status.allocation.devices.config[0].source: Unsupported value: \"Odd\": supported values: \"FromClaim\", \"FromClass\"\nstatus.allocation.devices.config[1].source: Required value")]
    [InlineData("{devices: {results: [{}, {tolerations: [{operator: Odd}]}]}}", "status.allocation.devices.results[1].tolerations[0].operator: Unsupported value: \"Odd\": supported values: \"Equal\", \"Exists\"")]
    [InlineData("{devices: {results: [{skipNodeOperations: ['*', Odd]}]}}", "status.allocation.devices.results[0].skipNodeOperations[1]: Unsupported value: \"Odd\": supported values: \"*\", \"NodePrepareResources\", \"NodeUnprepareResources\"")]
    [InlineData("{nodeSelector: {nodeSelectorTerms: [{matchExpressions: [{key: k, operator: Odd}]}]}}", "status.allocation.nodeSelector.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: \"Odd\": not a valid selector operator")]
    public void AnAllocationIsJudgedWhenItIsMade(string allocation, string expected)
    {
        var (old, updated) = (Json.Named("spec: {}"), Json.Named($"spec: {{}}\nstatus: {{allocation: {allocation}}}"));
        var rules = KindRules.For(Group, "ResourceClaim");
        Assert.Equal(expected, string.Join('\n', Json.Shown(rules.ValidateStatusUpdate(old, updated))));
        Assert.Empty(rules.ValidateStatusUpdate(updated, updated));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {deviceSelector: null}", "")]
    [InlineData("spec: {deviceSelector: {pool: p/q, device: d-1}}", "")]
    [InlineData("spec: {deviceSelector: {driver: Under_score}}", "spec.deviceSelector.driver: Invalid value: \"Under_score\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {deviceSelector: {driver: ''}}", "spec.deviceSelector.driver: Required value")]
    [InlineData("spec: {deviceSelector: {pool: a//b}}", "spec.deviceSelector.pool: Invalid value: \"\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {deviceSelector: {pool: ''}}", "spec.deviceSelector.pool: Required value")]
    [InlineData("spec: {deviceSelector: {device: a.b}}", "spec.deviceSelector.device: Invalid value: \"a.b\": must not contain dots")]
    [InlineData("spec: {deviceSelector: {device: ''}}", "spec.deviceSelector.device: Required value")]
    [InlineData("spec: {taint: null}", "spec.taint.key: Invalid value: \"\": name part must be non-empty\nspec.taint.effect: Required value")]
    [InlineData("spec: {taint: {key: a b}}", "spec.taint.key: Invalid value: \"a b\": name part must consist of alphanumeric characters")]
    [InlineData("spec: {taint: {value: a b}}", "spec.taint.value: Invalid value: \"a b\": a valid label must be an empty string")]
    [InlineData("spec: {taint: {effect: Odd}}", "spec.taint.effect: Unsupported value: \"Odd\": supported values: \"NoExecute\", \"NoSchedule\", \"None\"")]
    [InlineData("spec: {taint: {effect: None}}", "")]
    public void OfTaintRules(string change, string expected) => Taints.Check(change, expected);

    [Fact]
    public void ATaintRuleMayChange() => Taints.CheckUpdate("", "spec: {taint: {effect: NoExecute}}", "");

    [Theory]
    [InlineData("[{type: EvictionInProgress, status: 'True', reason: PodsPending, lastTransitionTime: '2026-01-01T00:00:00Z'}]", "")]
    [InlineData("[{}]", "status.conditions[0].type: Required value: is required\nstatus.conditions[0].status: Required value\nstatus.conditions[0].lastTransitionTime: Required value\nstatus.conditions[0].reason: Required value")]
    [InlineData("[{type: a b, status: Odd, reason: '1', observedGeneration: -1, lastTransitionTime: '2026-01-01T00:00:00Z'}]",
        "status.conditions[0].type: Invalid value: \"a b\": name part must consist of\nstatus.conditions[0].status: Unsupported value: \"Odd\": supported values: \"False\", \"True\", \"Unknown\"\nstatus.conditions[0].reason: Invalid value: \"1\": a condition reason must start with alphabetic character\nstatus.conditions[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero")]
    [InlineData("[{type: A, status: 'True', reason: R, lastTransitionTime: '2026-01-01T00:00:00Z'}, {type: A, status: 'True', reason: R, lastTransitionTime: '2026-01-01T00:00:00Z'}]", "status.conditions[1]: Duplicate value: \"A\"")]
    public void OfTheConditionsOfTaintRules(string conditions, string expected) => Taints.CheckStatus("", $"status: {{conditions: {conditions}}}", expected);

    [Fact]
    public void ATaintRuleHasEightConditionsAtMost() => Taints.CheckStatus(
        "", $"status: {{conditions: [{string.Join(',', Enumerable.Range(0, 9).Select(i => $"{{type: T{i}, status: 'True', reason: R, lastTransitionTime: '2026-01-01T00:00:00Z'}}"))}]}}", "status.conditions: Too many: 9: must have at most 8 items");

    [Fact]
    public void AClaimIsNotChanged() => Claims.CheckUpdate("", "spec: {devices: {requests: [{name: r}]}}", "spec: Invalid value: {\"devices\":{\"requests\":[{\"name\":\"r\"}]}}: field is immutable");

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {config: [{}]}", "spec.config[0].opaque: Required value")]
    [InlineData("spec: {config: [{opaque: {parameters: {}}}]}", "spec.config[0].opaque.driver: Required value")]
    [InlineData("spec: {extendedResourceName: example.com/gpu}", "")]
    [InlineData("spec: {extendedResourceName: gpu}", "spec.extendedResourceName: Invalid value: \"gpu\": must be a valid extended resource name")]
    [InlineData("spec: {selectors: [{}]}", "spec.selectors[0].cel: Required value")]
    public void OfClasses(string change, string expected) => Classes.Check(change, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {driver: null}", "spec.driver: Required value")]
    [InlineData("spec: {driver: Under_score}", "spec.driver: Invalid value: \"Under_score\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {pool: {name: null}}", "spec.pool.name: Required value")]
    [InlineData("spec: {pool: {name: a/b}}", "")]
    [InlineData("spec: {pool: {name: a//b}}", "spec.pool.name: Invalid value: \"\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {pool: {resourceSliceCount: 0}}", "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero")]
    [InlineData("spec: {pool: {generation: -1}}", "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero")]
    [InlineData("spec: {nodeName: null}", "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required")]
    [InlineData("spec: {nodeName: ''}", "spec.nodeName: Invalid value: \"\": must be either unset or set to a non-empty string\nspec: Required value: exactly one of")]
    [InlineData("spec: {allNodes: true}", "spec: Invalid value: \"{`nodeName`, `allNodes`}\": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set")]
    [InlineData("spec: {allNodes: false}", "spec.allNodes: Invalid value: false: must be either unset or set to true")]
    [InlineData("spec: {nodeName: null, perDeviceNodeSelection: true}", "spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when")]
    [InlineData("spec: {nodeName: null, perDeviceNodeSelection: true, devices: [{name: a, allNodes: true}]}", "")]
    [InlineData("spec: {devices: [{name: a, nodeName: n}]}", "spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if")]
    [InlineData("spec: {nodeName: null, nodeSelector: {nodeSelectorTerms: [{matchExpressions: [{key: k, operator: Exists}]}, {matchExpressions: [{key: l, operator: Exists}]}]}}", "spec.nodeSelector.nodeSelectorTerms: Invalid value: [")]
    [InlineData("spec: {devices: [{name: Bad_}]}", "spec.devices[0].name: Invalid value: \"Bad_\": a lowercase RFC 1123 label")]
    [InlineData("spec: {devices: [{name: a}, {name: a}]}", "spec.devices[1]: Duplicate value: \"a\"")]
    [InlineData("spec: {devices: [{name: a, attributes: {ok: {string: x}, d.example.com/v: {version: 1.2.3}}}]}", "")]
    [InlineData("spec: {devices: [{name: a, attributes: {a-b: {int: 1}}}]}", "spec.devices[0].attributes: Invalid value: \"a-b\": a valid C identifier must start with")]
    [InlineData("spec: {devices: [{name: a, attributes: {/x: {int: 1}}}]}", "spec.devices[0].attributes: Invalid value: \"\": the domain must not be empty")]
    [InlineData("spec: {devices: [{name: a, attributes: {x: {version: '1.2'}}}]}", "spec.devices[0].attributes[x].version: Invalid value: \"1.2\": must be a string compatible with semver.org spec 2.0.0")]
    [InlineData("spec: {devices: [{name: a, attributes: {x: {}}}]}", "spec.devices[0].attributes[x]: Invalid value: \"\": exactly one value must be specified")]
    [InlineData("spec: {devices: [{name: a, attributes: {x: {int: 1, bool: true}}}]}", "spec.devices[0].attributes[x]: Invalid value: {")]
    [InlineData("spec: {devices: [{name: a, attributes: {x: {strings: []}}}]}", "spec.devices[0].attributes[x].strings: Invalid value: []: must not be empty if specified")]
    [InlineData("spec: {devices: [{name: a, capacity: {m: {value: 1Gi, requestPolicy: {default: 1Gi}}}}]}", "spec.devices[0].capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true")]
    [InlineData("spec: {devices: [{name: a, taints: [{key: k}]}]}", "spec.devices[0].taints[0].effect: Required value")]
    [InlineData("spec: {devices: [{name: a, taints: [{key: k, effect: Odd}]}]}", "spec.devices[0].taints[0].effect: Unsupported value: \"Odd\": supported values: \"NoExecute\", \"NoSchedule\", \"None\"")]
    [InlineData("spec: {devices: [{name: a, bindingConditions: [x]}]}", "spec.devices[0].bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use bindingConditions")]
    [InlineData("spec: {devices: [{name: a, bindingConditions: [x], bindingFailureConditions: [x]}]}", "spec.devices[0].bindingFailureConditions[0]: Invalid value: \"x\": bindingFailureConditions must not overlap with bindingConditions")]
    [InlineData("spec: {devices: [{name: a, consumesCounters: [{counterSet: s}]}]}", "spec.devices[0].consumesCounters[0].counters: Required value")]
    [InlineData("spec: {devices: null, sharedCounters: [{name: s, counters: {c: {value: 1}}}]}", "")]
    [InlineData("spec: {devices: null, sharedCounters: [{counters: {c: {value: 1}}}]}", "spec.sharedCounters[0].name: Required value")]
    [InlineData("spec: {sharedCounters: [{name: s, counters: {c: {value: 1}}}]}", "spec: Invalid value: \"\": only one of `sharedCounters` or `devices` is allowed")]
    public void OfSlices(string change, string expected) => Slices.Check(change, expected);

    [Theory]
    [InlineData("spec: {devices: [{name: b}]}", "")]
    [InlineData("spec: {driver: e.example.com}", "spec.driver: Invalid value: \"e.example.com\": field is immutable")]
    [InlineData("spec: {nodeName: m}", "spec.nodeName: Invalid value: \"m\": field is immutable")]
    [InlineData("spec: {pool: {name: q}}", "spec.pool.name: Invalid value: \"q\": field is immutable")]
    public void OfUpdatesOfSlices(string after, string expected) => Slices.CheckUpdate("", after, expected);
}
