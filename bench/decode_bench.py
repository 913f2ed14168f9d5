#!/usr/bin/env python3
"""Recorded messages to finished JSON events on one core, beside tiktok-live-connector on the same recording.

usage: decode_bench.py RECORDING [--rounds N] [--seconds S]
"""
import argparse
import os
import re
import statistics
import subprocess
import sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
service = os.path.join(top, 'tests/service')


def rate(command, **environment):
    text = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **environment}).stdout
    return float(re.match(r'([0-9.]+) messages/s', text).group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('recording')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=3)
    options = parser.parse_args()
    if not os.path.exists(options.recording):
        sys.exit(f'{options.recording}: no such recording')
    node = [os.path.join(service, 'node_modules/.bin/node'), os.path.join(service, 'decode_rival.mjs')]
    arguments = [options.recording, str(options.seconds)]
    runs = {
        'ours, to JSON': lambda: rate([os.path.join(top, 'build/release/decode_bench'), *arguments]),
        'connector, decoded only': lambda: rate([*node, *arguments]),
        'connector, to JSON': lambda: rate([*node, *arguments], TO_JSON='1'),
    }
    seen = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            seen[name].append(run())
    medians = {name: statistics.median(rates) for name, rates in seen.items()}
    rival = medians['connector, decoded only']
    print(f'{options.rounds} interleaved rounds of {options.seconds:g} s of CPU; medians\n')
    for name, median in medians.items():
        print(f'{name:26}{median:12,.0f} messages/s  {median / rival:6.1f} x')


main()
